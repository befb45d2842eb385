// Accounts that an account reaches over payments, either way, in up to four hops, with what the live run says of them.
// Pooled accounts, merchants and accounts with more than max_degree payments are shown and not crossed, the start always is.
// Failed payments and reversals are left out.
//
// parameters:
//   account: string -- account id
//   hops: integer = 2 -- how far to go (1 to 4)
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   max_degree: integer = 200 -- an account with more payments is shown and not crossed
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, hop: integer, stopped, payments: integer, level: integer, layer: integer, ring_id, score: share
// use when: somebody new is looked at
// cost: the payments of every account that is crossed; grows fast with hops

MATCH (start:Account {id: $account})
WITH start, COLLECT {
  MATCH (start)-[t:TRANSFER]-(b:Account)
  WHERE b <> start AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN DISTINCT b
} AS hop1
WITH start, hop1, CASE WHEN $hops < 2 THEN [] ELSE COLLECT {
  UNWIND hop1 AS a
  WITH a
  WHERE NOT (coalesce(a.pooled, false) OR coalesce(a.merchant, false)) AND COUNT { (a)-[:TRANSFER]-() } <= $max_degree
  MATCH (a)-[t:TRANSFER]-(b:Account)
  WHERE b <> start AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  WITH DISTINCT b WHERE NOT b IN hop1
  RETURN b
} END AS hop2
WITH start, hop1, hop2, CASE WHEN $hops < 3 THEN [] ELSE COLLECT {
  UNWIND hop2 AS a
  WITH a
  WHERE NOT (coalesce(a.pooled, false) OR coalesce(a.merchant, false)) AND COUNT { (a)-[:TRANSFER]-() } <= $max_degree
  MATCH (a)-[t:TRANSFER]-(b:Account)
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  WITH DISTINCT b WHERE NOT b IN hop1 AND NOT b IN hop2
  RETURN b
} END AS hop3
WITH start, hop1, hop2, hop3, CASE WHEN $hops < 4 THEN [] ELSE COLLECT {
  UNWIND hop3 AS a
  WITH a
  WHERE NOT (coalesce(a.pooled, false) OR coalesce(a.merchant, false)) AND COUNT { (a)-[:TRANSFER]-() } <= $max_degree
  MATCH (a)-[t:TRANSFER]-(b:Account)
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  WITH DISTINCT b WHERE NOT b IN hop2 AND NOT b IN hop3
  RETURN b
} END AS hop4
UNWIND [found IN hop1 | [found, 1]] + [found IN hop2 | [found, 2]] + [found IN hop3 | [found, 3]] + [found IN hop4 | [found, 4]] AS found
WITH found[0] AS a, found[1] AS hop
WITH a, hop, COUNT { (a)-[:TRANSFER]-() } AS payments
OPTIONAL MATCH (a)-[s:ASSESSED_IN]->(run)<-[:SHOWS]-(:Live {name: 'live'})
RETURN a.id AS account, hop,
       CASE WHEN a.pooled THEN 'pooled' WHEN a.merchant THEN 'merchant' WHEN payments > $max_degree THEN 'hub' END AS stopped,
       payments, s.level AS level, s.layer AS layer, s.ring_id AS ring_id, s.score_e6 AS score
ORDER BY hop, account LIMIT $limit
