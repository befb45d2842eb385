// Relationships REPAY of the benchmark.
//
// parameters:
//   rows: rows -- from, to, time (UTC µs), amount (minor units)
// returns: nothing
// use when: the benchmark is loaded, its nodes are there
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (a:Account {id: row[0]})
USING INDEX SEEK a:Account(id)
MATCH (b:Loan {id: row[1]})
USING INDEX SEEK b:Loan(id)
CREATE (a)-[:REPAY {at: row[2], amount: row[3]}]->(b)
