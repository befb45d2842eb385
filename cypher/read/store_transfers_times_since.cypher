// How many transfers of later loads there are in each bucket of event time.
//
// parameters:
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
//   start: integer -- event time at which the first bucket begins
//   end: integer -- event time before which the last one ends
//   width: integer -- µs of a bucket
// returns: bucket: number of the bucket; rows in it
// use when: what is new in a table is cut into pieces
// cost: one range of the index on ingest_seq

MATCH ()-[v:TRANSFER]->()
USING INDEX v:TRANSFER(ingest_seq)
WHERE v.at >= $start AND v.at < $end AND v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of
RETURN (v.at - $start) / $width AS bucket, count(*) AS rows ORDER BY bucket
