// Account nodes for these ids, made where there is none yet.
//
// parameters:
//   ids: list<string> -- account ids, sorted
// returns: nothing
// use when: before facts that point to accounts are written
// cost: one index seek an id, in order of id

UNWIND $ids AS id
MERGE (:Account {id: id})
