// Nodes of the benchmark's table Medium.
//
// parameters:
//   rows: rows -- id, kind, blocked
// returns: nothing
// use when: the benchmark is loaded
// cost: one node a row

UNWIND $rows AS row
CREATE (:Medium {id: row[0], kind: row[1], blocked: row[2]})
