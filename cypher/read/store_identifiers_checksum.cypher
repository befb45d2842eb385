// Rows and checksum of the uses of identifiers of each load.
//
// parameters:
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: seq, rows, checksum of each load
// use when: a mirror is verified
// cost: six ranges of indexes on ingest_seq

CALL () {
  MATCH ()-[v:USES_DEVICE]->() USING INDEX v:USES_DEVICE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN v
  UNION ALL
  MATCH ()-[v:HAS_PHONE]->() USING INDEX v:HAS_PHONE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN v
  UNION ALL
  MATCH ()-[v:USES_IP]->() USING INDEX v:USES_IP(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN v
  UNION ALL
  MATCH ()-[v:USES_MAC]->() USING INDEX v:USES_MAC(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN v
  UNION ALL
  MATCH ()-[v:HAS_ADDRESS]->() USING INDEX v:HAS_ADDRESS(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN v
  UNION ALL
  MATCH ()-[v:OPENED_BY]->() USING INDEX v:OPENED_BY(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen RETURN v
}
RETURN v.ingest_seq AS seq, count(*) AS rows,
       sum(((v.first_seen % 2147483648 + 2147483648) % 2147483648 + 31 * ((v.known_at % 2147483648 + 2147483648) % 2147483648) + 1009 * ((coalesce(v.count, 0) % 2147483648 + 2147483648) % 2147483648)) % 2147483648) % 2147483648 AS checksum ORDER BY seq
