// Which of these transfers are there already, and how they differ.
//
// parameters:
//   rows: rows -- [id, content_hash, known_at, place] of each row
//   seen: integer -- last finished load
//   mine: integer -- number of this load
// returns: same: places of rows that are there; other: [place, verdict, content_hash, known_at, ingest_seq] of rows that are there with an earlier known_at (1), another content (2), or of an unfinished load, with this content (3) or another (4)
// use when: a batch of transfers is about to be written
// cost: one index seek a row

UNWIND $rows AS row
MATCH ()-[t:TRANSFER {id: row[0]}]->()
USING INDEX SEEK t:TRANSFER(id)
WITH row, t,
     CASE WHEN t.ingest_seq > $seen AND t.ingest_seq <> $mine
            THEN CASE WHEN t.content_hash = row[1] THEN 3 ELSE 4 END
          WHEN t.content_hash <> row[1] THEN 2
          WHEN t.known_at > row[2] THEN 1
          ELSE 0 END AS verdict
RETURN collect(CASE WHEN verdict = 0 THEN row[3] END) AS same,
       collect(CASE WHEN verdict > 0 THEN [row[3], verdict, t.content_hash, t.known_at, t.ingest_seq] END) AS other
