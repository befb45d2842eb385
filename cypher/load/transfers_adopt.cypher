// Transfers of a load that never finished become rows of this one.
//
// parameters:
//   rows: rows -- [id, known_at, date_only, source_file, source_row] of each row
//   mine: integer -- number of this load
// returns: nothing
// use when: a load is repeated after a crash
// cost: one index seek a row

UNWIND $rows AS row
MATCH ()-[t:TRANSFER {id: row[0]}]->()
USING INDEX SEEK t:TRANSFER(id)
SET t.ingest_seq = $mine, t.known_at = row[1], t.date_only = row[2], t.source_file = row[3], t.source_row = row[4]
