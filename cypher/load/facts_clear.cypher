// Some nodes of facts of an unfinished load, removed.
//
// parameters:
//   table: string -- name of the table
//   seq: integer -- number of an unfinished load
//   limit: integer -- greatest number of rows removed
// returns: removed: how many
// use when: a load was given up and another one finishes
// cost: one range of the index on ingest_seq

MATCH (f:Fact)
WHERE f.table = $table AND f.ingest_seq = $seq
WITH f LIMIT $limit
DETACH DELETE f
RETURN count(*) AS removed
