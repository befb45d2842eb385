// New uses of identifiers of one kind.
//
// parameters:
//   kind: string -- kind of the identifiers
//   type: string -- USES_DEVICE, HAS_PHONE, USES_IP, USES_MAC, HAS_ADDRESS or OPENED_BY
//   rows: rows -- account, value and the properties in the order below
//   mine: integer -- number of this load
// returns: nothing
// use when: the rows of a batch that are not there yet are known
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (a:Account {id: row[0]}), (i:Identifier {kind: $kind, value: row[1]})
USING INDEX SEEK a:Account(id)
USING INDEX SEEK i:Identifier(kind, value)
CREATE (a)-[:$($type) {
  ingest_seq: $mine,
  first_seen: row[2],
  last_seen: row[3],
  count: row[4],
  is_use: row[5],
  known_at: row[6],
  id: row[7],
  content_hash: row[8],
  perspective: row[9],
  date_only: row[10],
  source_file: row[11],
  source_row: row[12]
}]->(i)
