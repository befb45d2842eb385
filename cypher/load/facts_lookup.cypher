// Which of these nodes of facts are there already, and how they differ.
//
// parameters:
//   table: string -- name of the table
//   rows: rows -- [id, content_hash, known_at, place] of each row
//   seen: integer -- last finished load
//   mine: integer -- number of this load
// returns: same: places of rows that are there; other: [place, verdict, content_hash, known_at, ingest_seq] of rows that are there with an earlier known_at (1), another content (2), or of an unfinished load, with this content (3) or another (4)
// use when: a batch of accounts, cash, referrals, withdrawals, sanctions or dispositions is about to be written
// cost: one index seek a row

UNWIND $rows AS row
MATCH (f:Fact {table: $table, id: row[0]})
USING INDEX SEEK f:Fact(table, id)
WITH row, f,
     CASE WHEN f.ingest_seq > $seen AND f.ingest_seq <> $mine
            THEN CASE WHEN f.content_hash = row[1] THEN 3 ELSE 4 END
          WHEN f.content_hash <> row[1] THEN 2
          WHEN f.known_at > row[2] THEN 1
          ELSE 0 END AS verdict
RETURN collect(CASE WHEN verdict = 0 THEN row[3] END) AS same,
       collect(CASE WHEN verdict > 0 THEN [row[3], verdict, f.content_hash, f.known_at, f.ingest_seq] END) AS other
