// The store belongs to nobody.
//
// parameters:
//   token: string -- who had it
// returns: nothing
// use when: a process closes the store
// cost: one node
// plan: allows Eager because nodes are found before they are changed; there is a handful

MATCH (s:Store {name: 'graphfraud', token: $token})
SET s.token = null, s.pid = null, s.command = null, s.host = null
