// The migrations that were applied to this database.
//
// returns: version, name, checksum
// use when: the store is opened
// cost: the migrations
// plan: allows NodeByLabelScan because there are as many nodes as versions of the schema

MATCH (m:Migration)
RETURN m.version AS version, m.name AS name, m.checksum AS checksum ORDER BY version
