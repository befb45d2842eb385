// Numbers of runs to be removed: unfinished, replaced, or beyond those that are kept.
//
// parameters:
//   keep: integer -- whole runs that are kept
// returns: numbers
// use when: a run has been written, or is about to be
// cost: the runs
// plan: allows NodeByLabelScan because there are few runs

MATCH (r:Run)
WITH r ORDER BY r.number DESC
WITH collect(CASE WHEN r.state = 'whole' THEN r.number END) AS whole, collect(r.number) AS every
RETURN [n IN every WHERE NOT n IN whole[..$keep]] AS numbers
