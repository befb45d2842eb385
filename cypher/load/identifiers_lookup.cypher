// Which of these uses of identifiers are there already, and how they differ.
//
// parameters:
//   rows: rows -- [id, content_hash, known_at, place] of each row
//   seen: integer -- last finished load
//   mine: integer -- number of this load
// returns: same: places of rows that are there; other: [place, verdict, content_hash, known_at, ingest_seq] of rows that are there with an earlier known_at (1), another content (2), or of an unfinished load, with this content (3) or another (4)
// use when: a batch of identifier rows is about to be written
// cost: six index seeks a row

UNWIND $rows AS row
CALL (row) {
  MATCH ()-[u:USES_DEVICE {id: row[0]}]->() USING INDEX SEEK u:USES_DEVICE(id) RETURN u
  UNION ALL
  MATCH ()-[u:HAS_PHONE {id: row[0]}]->() USING INDEX SEEK u:HAS_PHONE(id) RETURN u
  UNION ALL
  MATCH ()-[u:USES_IP {id: row[0]}]->() USING INDEX SEEK u:USES_IP(id) RETURN u
  UNION ALL
  MATCH ()-[u:USES_MAC {id: row[0]}]->() USING INDEX SEEK u:USES_MAC(id) RETURN u
  UNION ALL
  MATCH ()-[u:HAS_ADDRESS {id: row[0]}]->() USING INDEX SEEK u:HAS_ADDRESS(id) RETURN u
  UNION ALL
  MATCH ()-[u:OPENED_BY {id: row[0]}]->() USING INDEX SEEK u:OPENED_BY(id) RETURN u
}
WITH row, u,
     CASE WHEN u.ingest_seq > $seen AND u.ingest_seq <> $mine
            THEN CASE WHEN u.content_hash = row[1] THEN 3 ELSE 4 END
          WHEN u.content_hash <> row[1] THEN 2
          WHEN u.known_at > row[2] THEN 1
          ELSE 0 END AS verdict
RETURN collect(CASE WHEN verdict = 0 THEN row[3] END) AS same,
       collect(CASE WHEN verdict > 0 THEN [row[3], verdict, u.content_hash, u.known_at, u.ingest_seq] END) AS other
