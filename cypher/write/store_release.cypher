// The store belongs to nobody.
//
// parameters:
//   token: string -- who had it
// returns: nothing
// use when: a process closes the store
// cost: one node

MATCH (s:Store {name: 'graphfraud', token: $token})
SET s.token = null, s.pid = null, s.command = null, s.host = null
