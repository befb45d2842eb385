// Relationships OWNS of the benchmark.
//
// parameters:
//   rows: rows -- from, to
// returns: nothing
// use when: the benchmark is loaded, its nodes are there
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (a:Company {id: row[0]})
USING INDEX SEEK a:Company(id)
MATCH (b:Account {id: row[1]})
USING INDEX SEEK b:Account(id)
CREATE (a)-[:OWNS]->(b)
