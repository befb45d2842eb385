// The store belongs to this process from now on.
//
// parameters:
//   token: string -- who asks
//   pid: integer -- process
//   command: string -- its command
//   host: string -- its machine
// returns: nothing
// use when: the last writer has gone
// cost: one node

MATCH (s:Store {name: 'graphfraud'})
SET s.token = $token, s.pid = $pid, s.command = $command, s.host = $host
