// Rows and checksum of the transfers of each load.
//
// parameters:
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
// returns: seq, rows, checksum of each load
// use when: a mirror is verified
// cost: one range of the index on ingest_seq

MATCH ()-[v:TRANSFER]->()
WHERE v.ingest_seq > $since AND v.ingest_seq <= $seen
RETURN v.ingest_seq AS seq, count(*) AS rows,
       sum(((v.at % 2147483648 + 2147483648) % 2147483648 + 31 * ((v.known_at % 2147483648 + 2147483648) % 2147483648) + 1009 * ((v.amount % 2147483648 + 2147483648) % 2147483648)) % 2147483648) % 2147483648 AS checksum ORDER BY seq
