// The latest known_at of the visible transfers.
//
// parameters:
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: known_at
// use when: the row with the latest known_at is now known earlier
// cost: the index on ingest_seq, whole

MATCH ()-[v:TRANSFER]->()
WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen
RETURN max(v.known_at) AS known_at
