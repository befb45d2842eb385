// Some layers, possible victims and next victims of a run, removed.
//
// parameters:
//   number: integer -- number of the run
//   limit: integer -- greatest number removed
// returns: removed
// use when: a run is removed
// cost: three ranges of indexes
// plan: allows Eager because what is removed is read first; the batch is bounded

CALL () {
  MATCH ()-[r:AT_LAYER]->() WHERE r.run = $number RETURN r LIMIT $limit
  UNION ALL
  MATCH ()-[r:POSSIBLE_VICTIM]->() WHERE r.run = $number RETURN r LIMIT $limit
  UNION ALL
  MATCH ()-[r:MAY_PAY]->() WHERE r.run = $number RETURN r LIMIT $limit
}
DELETE r
RETURN count(*) AS removed
