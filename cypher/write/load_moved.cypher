// Rows that left earlier loads because they are known from an earlier time on.
//
// parameters:
//   rows: rows -- [seq, rows, checksum] to take off each load
// returns: nothing
// use when: a load finishes
// cost: one node a load

UNWIND $rows AS row
MATCH (l:Load {seq: row[0]})
SET l.rows = l.rows - row[1], l.checksum = (l.checksum - row[2] + 2147483648) % 2147483648
