// Nodes of facts that are known from an earlier time on. Of account rows another may be the newest now, which packed
// statements do not notice by counting: they are dropped.
//
// parameters:
//   table: string -- name of the table
//   rows: rows -- [id, known_at] of each row
//   mine: integer -- number of this load
// returns: nothing
// use when: a load finishes
// cost: one index seek a row

UNWIND $rows AS row
MATCH (f:Fact {table: $table, id: row[0]})
USING INDEX SEEK f:Fact(table, id)
SET f.known_at = row[1], f.ingest_seq = $mine
WITH f
MATCH (f)-[:DESCRIBES]->(a:Account)
REMOVE a.statement_rows
