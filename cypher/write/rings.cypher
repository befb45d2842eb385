// Rings of a run.
//
// parameters:
//   number: integer -- number of the run
//   rows: rows -- one map of properties a row
// returns: nothing
// use when: a run is written
// cost: one node and one relationship a row

MATCH (run:Run {number: $number})
UNWIND $rows AS row
CREATE (ring:Ring)-[:FOUND_IN]->(run)
SET ring = row
