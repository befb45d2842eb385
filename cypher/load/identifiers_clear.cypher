// Some uses of identifiers of an unfinished load, removed.
//
// parameters:
//   seq: integer -- number of an unfinished load
//   limit: integer -- greatest number of rows removed
// returns: removed: how many
// use when: a load was given up and another one finishes
// cost: six ranges of indexes on ingest_seq
// plan: allows Eager because rows are found before they are removed; the batch is bounded

CALL () {
  MATCH ()-[u:USES_DEVICE]->() WHERE u.ingest_seq = $seq RETURN u
  UNION ALL
  MATCH ()-[u:HAS_PHONE]->() WHERE u.ingest_seq = $seq RETURN u
  UNION ALL
  MATCH ()-[u:USES_IP]->() WHERE u.ingest_seq = $seq RETURN u
  UNION ALL
  MATCH ()-[u:USES_MAC]->() WHERE u.ingest_seq = $seq RETURN u
  UNION ALL
  MATCH ()-[u:HAS_ADDRESS]->() WHERE u.ingest_seq = $seq RETURN u
  UNION ALL
  MATCH ()-[u:OPENED_BY]->() WHERE u.ingest_seq = $seq RETURN u
}
WITH u LIMIT $limit
DELETE u
RETURN count(*) AS removed
