// First and last event time of the nodes of facts of a table.
//
// parameters:
//   table: string -- name of the table
//   clock: string -- property of the event time
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: first and last event time, rows, untimed: rows without event time
// use when: a table is cut into pieces
// cost: one range of the index on ingest_seq

MATCH (v:Fact)
WHERE v.table = $table AND v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of
RETURN min(v[$clock]) AS first, max(v[$clock]) AS last, count(*) AS rows, count(*) - count(v[$clock]) AS untimed
