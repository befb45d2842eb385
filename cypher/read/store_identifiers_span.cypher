// First and last event time of the uses of identifiers.
//
// parameters:
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: first and last event time, rows, untimed: rows without event time
// use when: a table is cut into pieces
// cost: six ranges of indexes on ingest_seq

CALL () {
  MATCH ()-[v:USES_DEVICE]->() USING INDEX v:USES_DEVICE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:HAS_PHONE]->() USING INDEX v:HAS_PHONE(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:USES_IP]->() USING INDEX v:USES_IP(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:USES_MAC]->() USING INDEX v:USES_MAC(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:HAS_ADDRESS]->() USING INDEX v:HAS_ADDRESS(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of RETURN v.first_seen AS at
  UNION ALL
  MATCH ()-[v:OPENED_BY]->() USING INDEX v:OPENED_BY(ingest_seq) WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of RETURN v.first_seen AS at
}
RETURN min(at) AS first, max(at) AS last, count(*) AS rows, count(*) - count(at) AS untimed
