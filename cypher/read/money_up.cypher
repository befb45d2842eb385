// Where the money of an account came from: chains of payments up, each earlier than the one after it.
// Every account that a chain reaches is a row, with the chain in the money's direction; it ends at pooled accounts, merchants and hubs.
// Failed payments and reversals are left out.
//
// parameters:
//   account: string -- account id
//   hops: integer = 3 -- longest chain, in payments (1 to 5)
//   dwell_hours: integer = 48 -- longest time the money rests on an account (1 to 8,760)
//   keep_percent: integer = 20 -- a payment must have at least this share of the one after it, in percent (0 to 1,000)
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   max_degree: integer = 1000 -- an account that receives more payments ends a chain
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: hop: integer, account, at: time, amount: amount, path: path, times: list<time>, amounts: list<amount>, stopped
// use when: an account received money and its source is sought (倒查)
// cost: the payments to each account in the time its money rests; raise keep_percent and min_amount where there are many

MATCH (a:Account {id: $account})<-[t:TRANSFER]-(b)
WHERE a <> b AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH [t] AS ts, [b.id, a.id] AS path, b AS last
CALL (ts, path, last) {
  RETURN ts AS ts1, path AS path1, last AS last1
  UNION ALL
  WITH * WHERE size(ts) = 1 AND $hops > 1 AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)<-[:TRANSFER]-() } <= $max_degree
  MATCH (last)<-[t:TRANSFER]-(b)
  WHERE t.at < ts[0].at AND t.at >= ts[0].at - $dwell_hours * 3600000000
    AND t.amount * 100 >= ts[0].amount * $keep_percent
    AND NOT b.id IN path
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN t + ts AS ts1, b.id + path AS path1, b AS last1
}
WITH ts1 AS ts, path1 AS path, last1 AS last
CALL (ts, path, last) {
  RETURN ts AS ts2, path AS path2, last AS last2
  UNION ALL
  WITH * WHERE size(ts) = 2 AND $hops > 2 AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)<-[:TRANSFER]-() } <= $max_degree
  MATCH (last)<-[t:TRANSFER]-(b)
  WHERE t.at < ts[0].at AND t.at >= ts[0].at - $dwell_hours * 3600000000
    AND t.amount * 100 >= ts[0].amount * $keep_percent
    AND NOT b.id IN path
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN t + ts AS ts2, b.id + path AS path2, b AS last2
}
WITH ts2 AS ts, path2 AS path, last2 AS last
CALL (ts, path, last) {
  RETURN ts AS ts3, path AS path3, last AS last3
  UNION ALL
  WITH * WHERE size(ts) = 3 AND $hops > 3 AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)<-[:TRANSFER]-() } <= $max_degree
  MATCH (last)<-[t:TRANSFER]-(b)
  WHERE t.at < ts[0].at AND t.at >= ts[0].at - $dwell_hours * 3600000000
    AND t.amount * 100 >= ts[0].amount * $keep_percent
    AND NOT b.id IN path
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN t + ts AS ts3, b.id + path AS path3, b AS last3
}
WITH ts3 AS ts, path3 AS path, last3 AS last
CALL (ts, path, last) {
  RETURN ts AS ts4, path AS path4, last AS last4
  UNION ALL
  WITH * WHERE size(ts) = 4 AND $hops > 4 AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)<-[:TRANSFER]-() } <= $max_degree
  MATCH (last)<-[t:TRANSFER]-(b)
  WHERE t.at < ts[0].at AND t.at >= ts[0].at - $dwell_hours * 3600000000
    AND t.amount * 100 >= ts[0].amount * $keep_percent
    AND NOT b.id IN path
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN t + ts AS ts4, b.id + path AS path4, b AS last4
}
WITH ts4 AS ts, path4 AS path, last4 AS last
WITH ts, path, last, size(ts) AS hop, [t IN ts | t.id] AS facts
RETURN hop, last.id AS account, ts[0].at AS at, ts[0].amount AS amount, path, [t IN ts | t.at] AS times, [t IN ts | t.amount] AS amounts,
       CASE WHEN last.pooled THEN 'pooled' WHEN last.merchant THEN 'merchant'
            WHEN COUNT { (last)<-[:TRANSFER]-() } > $max_degree THEN 'hub' END AS stopped
ORDER BY hop, times, path, facts LIMIT $limit
