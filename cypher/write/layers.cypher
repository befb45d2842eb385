// Layers of accounts in cases.
//
// parameters:
//   rows: rows -- [account, case, map of properties] of each row
// returns: nothing
// use when: a run is written
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (a:Account {id: row[0]}), (c:Case {no: row[1]})
USING INDEX SEEK a:Account(id)
USING INDEX SEEK c:Case(no)
CREATE (a)-[l:AT_LAYER]->(c)
SET l = row[2]
