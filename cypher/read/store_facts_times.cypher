// How many nodes of facts of a table there are in each bucket of event time.
//
// parameters:
//   table: string -- name of the table
//   clock: string -- property of the event time
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
//   start: integer -- event time at which the first bucket begins
//   end: integer -- event time before which the last one ends
//   width: integer -- µs of a bucket
// returns: bucket: number of the bucket; rows in it
// use when: a table is cut into pieces
// cost: one range of the index on ingest_seq

MATCH (v:Fact)
WHERE v.table = $table AND v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v[$clock] >= $start AND v[$clock] < $end
RETURN (v[$clock] - $start) / $width AS bucket, count(*) AS rows ORDER BY bucket
