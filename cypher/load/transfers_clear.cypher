// Some transfers of an unfinished load, removed.
//
// parameters:
//   seq: integer -- number of an unfinished load
//   limit: integer -- greatest number of rows removed
// returns: removed: how many
// use when: a load was given up and another one finishes
// cost: one range of the index on ingest_seq

MATCH ()-[t:TRANSFER]->()
WHERE t.ingest_seq = $seq
WITH t LIMIT $limit
DELETE t
RETURN count(*) AS removed
