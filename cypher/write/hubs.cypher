// Identifiers with too many holders in a run.
//
// parameters:
//   number: integer -- number of the run
//   rows: rows -- [kind, value, map of properties] of each row
// returns: nothing
// use when: a run is written
// cost: one index seek and one relationship a row

MATCH (run:Run {number: $number})
UNWIND $rows AS row
MATCH (i:Identifier {kind: row[0], value: row[1]})
USING INDEX SEEK i:Identifier(kind, value)
CREATE (i)-[h:HUB_IN]->(run)
SET h = row[2]
