// Relationships SIGNED_IN of the benchmark.
//
// parameters:
//   rows: rows -- from, to, time (UTC µs)
// returns: nothing
// use when: the benchmark is loaded, its nodes are there
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (a:Medium {id: row[0]})
USING INDEX SEEK a:Medium(id)
MATCH (b:Account {id: row[1]})
USING INDEX SEEK b:Account(id)
CREATE (a)-[:SIGNED_IN {at: row[2]}]->(b)
