// Some rings, evidence, alerts and assessments of a run, removed.
//
// parameters:
//   number: integer -- number of the run
//   limit: integer -- greatest number removed
// returns: removed
// use when: a run is removed
// cost: the relationships of the run
// plan: allows Eager because what is removed is read first; the batch is bounded

MATCH (run:Run {number: $number})
CALL (run) {
  MATCH (run)<-[r:ASSESSED_IN|HUB_IN]-() RETURN r, null AS n LIMIT $limit
  UNION ALL
  MATCH (run)<-[:FOUND_IN]-(:Ring)-[:SHOWN_BY]->(n) RETURN null AS r, n LIMIT $limit
  UNION ALL
  MATCH (run)<-[:RAISED_IN]-(n) RETURN null AS r, n LIMIT $limit
}
DELETE r
DETACH DELETE n
RETURN count(*) AS removed
