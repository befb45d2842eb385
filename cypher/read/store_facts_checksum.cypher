// Rows and checksum of the nodes of facts of each load of a table.
//
// parameters:
//   table: string -- name of the table
//   clock: string -- property of the event time
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: seq, rows, checksum of each load
// use when: a mirror is verified
// cost: one range of the index on ingest_seq

MATCH (v:Fact)
WHERE v.table = $table AND v.ingest_seq > $since AND v.ingest_seq <= $seen
RETURN v.ingest_seq AS seq, count(*) AS rows,
       sum(((coalesce(v[$clock], 0) % 2147483648 + 2147483648) % 2147483648 + 31 * ((v.known_at % 2147483648 + 2147483648) % 2147483648) + 1009 * ((coalesce(v.amount, 0) % 2147483648 + 2147483648) % 2147483648)) % 2147483648) % 2147483648 AS checksum ORDER BY seq
