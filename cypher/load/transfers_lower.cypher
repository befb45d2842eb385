// Transfers that are known from an earlier time on.
//
// parameters:
//   rows: rows -- [id, known_at] of each row
//   mine: integer -- number of this load
// returns: nothing
// use when: a load finishes
// cost: one index seek a row

UNWIND $rows AS row
MATCH ()-[t:TRANSFER {id: row[0]}]->()
USING INDEX SEEK t:TRANSFER(id)
SET t.known_at = row[1], t.ingest_seq = $mine
