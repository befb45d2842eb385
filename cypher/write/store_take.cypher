// The store, locked for this transaction, with the process that writes to it.
//
// parameters:
//   token: string -- who asks
// returns: token, pid, command, host of the last writer
// use when: a process opens the store
// cost: one node

MERGE (s:Store {name: 'graphfraud'})
ON CREATE SET s.seq = 0, s.shown = 0
SET s.asked = $token
RETURN s.token AS token, s.pid AS pid, s.command AS command, s.host AS host
