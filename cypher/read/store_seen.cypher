// The last finished load.
//
// returns: seq
// use when: a query has to leave out what a load in progress has written
// cost: one node

MATCH (s:Store {name: 'graphfraud'})
RETURN s.seq AS seq
