// An unfinished load of which no row is left.
//
// parameters:
//   seq: integer -- its number
// returns: nothing
// use when: its rows have been removed or belong to another load
// cost: one node

MATCH (l:Load {seq: $seq})
DELETE l
