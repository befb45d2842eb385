// The last finished load, and the loads that never finished.
//
// returns: seq: last finished load; shown: load up to which accounts are shown; last: greatest number given; open: [seq, table] of unfinished loads
// use when: a load begins
// cost: the loads

MATCH (s:Store {name: 'graphfraud'})
RETURN s.seq AS seq, s.shown AS shown, coalesce(COLLECT { MATCH (l:Load) WHERE l.seq > s.seq RETURN max(l.seq) }[0], s.seq) AS last,
       COLLECT { MATCH (l:Load) WHERE l.seq > s.seq RETURN [l.seq, l.table] ORDER BY l.seq } AS open
