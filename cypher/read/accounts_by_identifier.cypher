// The accounts that use an identifier, with what the live run says of them.
//
// parameters:
//   kind: string -- device, phone, ip, mac, address or agent
//   value: string -- its value, whole
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: kind, value, account, first_seen: time, last_seen: time, uses: integer, referred: boolean, level: integer, ring_id
// use when: a device or number came up in a case
// cost: the uses of the identifier

MATCH (i:Identifier {kind: $kind, value: $value})<-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]-(a:Account)
WHERE u.ingest_seq <= $seen
WITH i, a, min(u.first_seen) AS first_seen, max(coalesce(u.last_seen, u.first_seen)) AS last_seen, sum(coalesce(u.count, 1)) AS uses
OPTIONAL MATCH (a)-[s:ASSESSED_IN]->(run)<-[:SHOWS]-(:Live {name: 'live'})
RETURN i.kind AS kind, i.value AS value, a.id AS account, first_seen, last_seen, uses,
       coalesce(s.referred, false) AS referred, s.level AS level, s.ring_id AS ring_id
ORDER BY first_seen, account LIMIT $limit
