// A run that is being written; nobody sees it yet.
//
// parameters:
//   number: integer -- number of the run
//   id: string -- run
//   as_of: time -- of the run
//   findings_hash: string -- of the run
// returns: nothing
// use when: a run is written
// cost: one node

CREATE (:Run {number: $number, id: $id, as_of: $as_of, findings_hash: $findings_hash, state: 'writing'})
