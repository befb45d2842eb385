// The next number of a run.
//
// returns: number
// use when: a run is written
// cost: the runs
// plan: allows NodeIndexScan because there are few runs

MATCH (r:Run)
RETURN coalesce(max(r.number), 0) + 1 AS number
