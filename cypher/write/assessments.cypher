// Scores, levels, layers and rings of accounts in a run.
//
// parameters:
//   number: integer -- number of the run
//   rows: rows -- [account, map of properties] of each row
// returns: nothing
// use when: a run is written
// cost: one index seek and one relationship a row

MATCH (run:Run {number: $number})
UNWIND $rows AS row
MATCH (a:Account {id: row[0]})
USING INDEX SEEK a:Account(id)
CREATE (a)-[s:ASSESSED_IN]->(run)
SET s = row[1]
