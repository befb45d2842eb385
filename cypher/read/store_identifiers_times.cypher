// How many uses of identifiers there are in each bucket of event time.
//
// parameters:
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
//   start: integer -- event time at which the first bucket begins
//   end: integer -- event time before which the last one ends
//   width: integer -- µs of a bucket
// returns: bucket: number of the bucket; rows in it
// use when: a table is cut into pieces
// cost: six ranges of indexes on ingest_seq

CALL () {
  MATCH ()-[v:USES_DEVICE]->() USING INDEX v:USES_DEVICE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:HAS_PHONE]->() USING INDEX v:HAS_PHONE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:USES_IP]->() USING INDEX v:USES_IP(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:USES_MAC]->() USING INDEX v:USES_MAC(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:HAS_ADDRESS]->() USING INDEX v:HAS_ADDRESS(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:OPENED_BY]->() USING INDEX v:OPENED_BY(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end RETURN v.first_seen AS at
}
RETURN (at - $start) / $width AS bucket, count(*) AS rows ORDER BY bucket
