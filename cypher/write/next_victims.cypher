// Who may pay next: payers of rings that have been at work in the last 72 hours.
//
// parameters:
//   rows: rows -- [payer, payee, map of properties] of each row
// returns: nothing
// use when: a run is written
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (a:Account {id: row[0]}), (b:Account {id: row[1]})
USING INDEX SEEK a:Account(id)
USING INDEX SEEK b:Account(id)
CREATE (a)-[v:MAY_PAY]->(b)
SET v = row[2]
