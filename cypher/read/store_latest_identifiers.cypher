// The latest known_at of the visible uses of identifiers.
//
// parameters:
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: known_at
// use when: the row with the latest known_at is now known earlier
// cost: six indexes on ingest_seq, whole

CALL () {
  MATCH ()-[v:USES_DEVICE]->() USING INDEX v:USES_DEVICE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN max(v.known_at) AS known_at
  UNION ALL
  MATCH ()-[v:HAS_PHONE]->() USING INDEX v:HAS_PHONE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN max(v.known_at) AS known_at
  UNION ALL
  MATCH ()-[v:USES_IP]->() USING INDEX v:USES_IP(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN max(v.known_at) AS known_at
  UNION ALL
  MATCH ()-[v:USES_MAC]->() USING INDEX v:USES_MAC(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN max(v.known_at) AS known_at
  UNION ALL
  MATCH ()-[v:HAS_ADDRESS]->() USING INDEX v:HAS_ADDRESS(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN max(v.known_at) AS known_at
  UNION ALL
  MATCH ()-[v:OPENED_BY]->() USING INDEX v:OPENED_BY(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN max(v.known_at) AS known_at
}
RETURN max(known_at) AS known_at
