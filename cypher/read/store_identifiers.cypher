// Uses of identifiers known at a time, of a range of event time, written by the loads of a range.
//
// parameters:
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
//   start: integer -- rows whose event time is not before this
//   end: integer -- rows whose event time is before this
// returns: row: account, kind, value, the properties, ingest_seq
// use when: a snapshot is refreshed
// cost: six ranges of indexes on ingest_seq

CALL () {
  MATCH (a)-[v:USES_DEVICE]->(i)
  USING INDEX v:USES_DEVICE(ingest_seq)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a)-[v:HAS_PHONE]->(i)
  USING INDEX v:HAS_PHONE(ingest_seq)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a)-[v:USES_IP]->(i)
  USING INDEX v:USES_IP(ingest_seq)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a)-[v:USES_MAC]->(i)
  USING INDEX v:USES_MAC(ingest_seq)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a)-[v:HAS_ADDRESS]->(i)
  USING INDEX v:HAS_ADDRESS(ingest_seq)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a)-[v:OPENED_BY]->(i)
  USING INDEX v:OPENED_BY(ingest_seq)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
}
RETURN row
