// Nodes of the benchmark's table Company.
//
// parameters:
//   rows: rows -- id
// returns: nothing
// use when: the benchmark is loaded
// cost: one node a row

UNWIND $rows AS row
CREATE (:Company {id: row[0]})
