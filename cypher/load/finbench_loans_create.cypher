// Nodes of the benchmark's table Loan.
//
// parameters:
//   rows: rows -- id, amount, balance (minor units)
// returns: nothing
// use when: the benchmark is loaded
// cost: one node a row

UNWIND $rows AS row
CREATE (:Loan {id: row[0], amount: row[1], balance: row[2]})
