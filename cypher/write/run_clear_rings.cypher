// Some memberships of rings of a run, then rings without members, removed.
//
// parameters:
//   number: integer -- number of the run
//   limit: integer -- greatest number removed
// returns: removed
// use when: the evidence of the run is gone
// cost: the relationships of the rings
// plan: allows Eager because what is removed is read first; the batch is bounded

MATCH (run:Run {number: $number})
CALL (run) {
  MATCH (run)<-[:FOUND_IN]-(:Ring)<-[r:MEMBER_OF]-() RETURN r, null AS n LIMIT $limit
  UNION ALL
  MATCH (run)<-[:FOUND_IN]-(n) WHERE NOT EXISTS { (n)<-[:MEMBER_OF]-() } RETURN null AS r, n LIMIT $limit
}
DELETE r
DETACH DELETE n
RETURN count(*) AS removed
