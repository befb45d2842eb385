// Accounts show what was loaded up to here.
//
// parameters:
//   seen: integer -- last finished load
// returns: nothing
// use when: accounts have been shown
// cost: one node

MATCH (s:Store {name: 'graphfraud'})
SET s.shown = $seen
