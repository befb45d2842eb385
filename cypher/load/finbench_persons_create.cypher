// Nodes of the benchmark's table Person.
//
// parameters:
//   rows: rows -- id
// returns: nothing
// use when: the benchmark is loaded
// cost: one node a row

UNWIND $rows AS row
CREATE (:Person {id: row[0]})
