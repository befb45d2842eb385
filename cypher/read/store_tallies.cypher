// Rows and checksum of every finished load, as recorded when it was written.
//
// returns: seq, table, rows, checksum
// use when: a copy is verified
// cost: the loads
// plan: allows NodeByLabelScan because there is one node a load

MATCH (l:Load {state: 'done'})
WHERE l.rows > 0
RETURN l.seq AS seq, l.table AS table, l.rows AS rows, l.checksum AS checksum ORDER BY seq
