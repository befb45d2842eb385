// A run of which nothing is left.
//
// parameters:
//   number: integer -- number of the run
// returns: nothing
// use when: its findings are gone
// cost: one node

MATCH (run:Run {number: $number})
DETACH DELETE run
