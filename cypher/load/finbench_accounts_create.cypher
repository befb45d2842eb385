// Nodes of the benchmark's table Account.
//
// parameters:
//   rows: rows -- id, blocked
// returns: nothing
// use when: the benchmark is loaded
// cost: one node a row

UNWIND $rows AS row
CREATE (:Account {id: row[0], blocked: row[1]})
