// Alerts of a run with their reasons.
//
// parameters:
//   number: integer -- number of the run
//   rows: rows -- one map of properties a row
// returns: nothing
// use when: a run is written
// cost: one node and two relationships a row
// plan: allows Eager because nodes are made beside the ones that are looked up; the batch is bounded

MATCH (run:Run {number: $number})
UNWIND $rows AS row
CREATE (alert:Alert)-[:RAISED_IN]->(run)
SET alert = row
WITH alert
MATCH (a:Account {id: alert.account_id})
USING INDEX SEEK a:Account(id)
CREATE (alert)-[:CONCERNS]->(a)
