// The accounts that hang together with an account over shared devices, in up to three steps.
// Devices of more than max_accounts accounts are not crossed.
//
// parameters:
//   account: string -- account id
//   steps: integer = 2 -- how many devices far (1 to 3)
//   max_accounts: integer = 20 -- more accounts make a device a hub
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, step: integer, devices: list<text>, holder_id, level: integer, ring_id
// use when: the size of a group run by one hand is sought
// cost: the devices of each account that is met

MATCH (start:Account {id: $account})
WITH start, COLLECT {
  MATCH (start)-[u:USES_DEVICE]->(i)
  WHERE u.ingest_seq <= $seen
  WITH DISTINCT i
  WHERE COUNT { MATCH (i)<-[v:USES_DEVICE]-(c) WHERE v.ingest_seq <= $seen RETURN DISTINCT c } <= $max_accounts
  MATCH (i)<-[v:USES_DEVICE]-(b)
  WHERE v.ingest_seq <= $seen AND b <> start
  RETURN DISTINCT b
} AS step1
WITH start, step1, CASE WHEN $steps < 2 THEN [] ELSE COLLECT {
  UNWIND step1 AS a
  MATCH (a)-[u:USES_DEVICE]->(i)
  WHERE u.ingest_seq <= $seen
  WITH DISTINCT i
  WHERE COUNT { MATCH (i)<-[v:USES_DEVICE]-(c) WHERE v.ingest_seq <= $seen RETURN DISTINCT c } <= $max_accounts
  MATCH (i)<-[v:USES_DEVICE]-(b)
  WHERE v.ingest_seq <= $seen AND b <> start AND NOT b IN step1
  RETURN DISTINCT b
} END AS step2
WITH start, step1, step2, CASE WHEN $steps < 3 THEN [] ELSE COLLECT {
  UNWIND step2 AS a
  MATCH (a)-[u:USES_DEVICE]->(i)
  WHERE u.ingest_seq <= $seen
  WITH DISTINCT i
  WHERE COUNT { MATCH (i)<-[v:USES_DEVICE]-(c) WHERE v.ingest_seq <= $seen RETURN DISTINCT c } <= $max_accounts
  MATCH (i)<-[v:USES_DEVICE]-(b)
  WHERE v.ingest_seq <= $seen AND b <> start AND NOT b IN step1 AND NOT b IN step2
  RETURN DISTINCT b
} END AS step3
WITH [start] + step1 + step2 + step3 AS circle, step1, step2, step3
UNWIND [b IN step1 | [b, 1]] + [b IN step2 | [b, 2]] + [b IN step3 | [b, 3]] AS found
WITH circle, found[0] AS b, found[1] AS step
CALL (circle, b) {
  MATCH (b)-[u:USES_DEVICE]->(i)<-[v:USES_DEVICE]-(c)
  WHERE c IN circle AND c <> b AND u.ingest_seq <= $seen AND v.ingest_seq <= $seen
    AND COUNT { MATCH (i)<-[w:USES_DEVICE]-(d) WHERE w.ingest_seq <= $seen RETURN DISTINCT d } <= $max_accounts
  WITH DISTINCT i.value AS device ORDER BY device
  RETURN collect(device) AS devices
}
OPTIONAL MATCH (b)-[s:ASSESSED_IN]->(run)<-[:SHOWS]-(:Live {name: 'live'})
RETURN b.id AS account, step, devices, b.holder_id AS holder_id, s.level AS level, s.ring_id AS ring_id
ORDER BY step, account LIMIT $limit
