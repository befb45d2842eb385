// The switch: the rows of a load become visible.
//
// parameters:
//   mine: integer -- number of this load
//   token: string -- who writes
//   rows: integer -- rows of this load
//   checksum: integer -- their checksum
// returns: seq; no row when another process has taken the store
// use when: the last statement of a load
// cost: two nodes
// plan: allows Eager because nodes are found before they are changed; there is a handful

MATCH (s:Store {name: 'graphfraud', token: $token})
MATCH (l:Load {seq: $mine})
SET s.seq = $mine, l.state = 'done', l.rows = $rows, l.checksum = $checksum
RETURN s.seq AS seq
