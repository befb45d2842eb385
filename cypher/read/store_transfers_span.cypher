// First and last event time of the transfers.
//
// parameters:
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: first and last event time, rows, untimed: rows without event time
// use when: a table is cut into pieces
// cost: one range of the index on ingest_seq

MATCH ()-[v:TRANSFER]->()
WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of
RETURN min(v.at) AS first, max(v.at) AS last, count(*) AS rows, count(*) - count(v.at) AS untimed
