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
  MATCH (a:Account)-[v:USES_DEVICE]->(i:Identifier)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a:Account)-[v:HAS_PHONE]->(i:Identifier)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a:Account)-[v:USES_IP]->(i:Identifier)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a:Account)-[v:USES_MAC]->(i:Identifier)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a:Account)-[v:HAS_ADDRESS]->(i:Identifier)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
  UNION ALL
  MATCH (a:Account)-[v:OPENED_BY]->(i:Identifier)
  WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of AND v.first_seen >= $start AND v.first_seen < $end
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq] AS row
}
RETURN row
