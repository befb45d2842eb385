// The last finished load: rows of later ones do not count yet.
//
// returns: seen
// use when: before facts are read
// cost: one node

MATCH (s:Store {name: 'graphfraud'})
RETURN s.seq AS seen
