// Accounts with rows written by the loads of a range.
//
// parameters:
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: id
// use when: accounts were loaded
// cost: one range of the index on ingest_seq

MATCH (v:Fact)
WHERE v.table = 'accounts' AND v.ingest_seq > $since AND v.ingest_seq <= $seen
RETURN DISTINCT v.account_id AS id ORDER BY id
