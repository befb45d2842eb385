// Money that comes back to an account: chains of payments in ascending time that end where they began.
// Pooled accounts, merchants and accounts with more than max_degree payments out are not crossed.
// Failed payments and reversals are left out.
//
// parameters:
//   account: string -- account id
//   hops: integer = 4 -- longest chain, in payments (2 to 5)
//   hours: integer = 72 -- from the first payment of a chain to its last (1 to 8,760)
//   keep_percent: integer = 50 -- a payment must have at least this share of the one before, in percent (0 to 1,000)
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   max_degree: integer = 1000 -- an account that makes more payments is not crossed
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: hops: integer, first: time, last: time, paid: amount, returned: amount, path: path, times: list<time>, amounts: list<amount>
// use when: turnover is made up, or money is sent in a circle (对敲, 循环)
// cost: the payments of each account on the way within the hours

MATCH (a:Account {id: $account})-[t:TRANSFER]->(b)
WHERE a <> b AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH a, [t] AS ts, [a.id, b.id] AS path, b AS last
CALL (a, ts, path, last) {
  RETURN ts AS ts1, path AS path1, last AS last1
  UNION ALL
  WITH * WHERE size(ts) = 1 AND $hops > 1 AND last <> a AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)-[:TRANSFER]->() } <= $max_degree
  MATCH (last)-[t:TRANSFER]->(b)
  WHERE t.at > ts[-1].at AND t.at <= ts[0].at + $hours * 3600000000
    AND t.amount * 100 >= ts[-1].amount * $keep_percent
    AND NOT b.id IN tail(path)
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN ts + t AS ts1, path + b.id AS path1, b AS last1
}
WITH a, ts1 AS ts, path1 AS path, last1 AS last
CALL (a, ts, path, last) {
  RETURN ts AS ts2, path AS path2, last AS last2
  UNION ALL
  WITH * WHERE size(ts) = 2 AND $hops > 2 AND last <> a AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)-[:TRANSFER]->() } <= $max_degree
  MATCH (last)-[t:TRANSFER]->(b)
  WHERE t.at > ts[-1].at AND t.at <= ts[0].at + $hours * 3600000000
    AND t.amount * 100 >= ts[-1].amount * $keep_percent
    AND NOT b.id IN tail(path)
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN ts + t AS ts2, path + b.id AS path2, b AS last2
}
WITH a, ts2 AS ts, path2 AS path, last2 AS last
CALL (a, ts, path, last) {
  RETURN ts AS ts3, path AS path3, last AS last3
  UNION ALL
  WITH * WHERE size(ts) = 3 AND $hops > 3 AND last <> a AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)-[:TRANSFER]->() } <= $max_degree
  MATCH (last)-[t:TRANSFER]->(b)
  WHERE t.at > ts[-1].at AND t.at <= ts[0].at + $hours * 3600000000
    AND t.amount * 100 >= ts[-1].amount * $keep_percent
    AND NOT b.id IN tail(path)
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN ts + t AS ts3, path + b.id AS path3, b AS last3
}
WITH a, ts3 AS ts, path3 AS path, last3 AS last
CALL (a, ts, path, last) {
  RETURN ts AS ts4, path AS path4, last AS last4
  UNION ALL
  WITH * WHERE size(ts) = 4 AND $hops > 4 AND last <> a AND NOT (coalesce(last.pooled, false) OR coalesce(last.merchant, false))
    AND COUNT { (last)-[:TRANSFER]->() } <= $max_degree
  MATCH (last)-[t:TRANSFER]->(b)
  WHERE t.at > ts[-1].at AND t.at <= ts[0].at + $hours * 3600000000
    AND t.amount * 100 >= ts[-1].amount * $keep_percent
    AND NOT b.id IN tail(path)
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN ts + t AS ts4, path + b.id AS path4, b AS last4
}
WITH a, ts4 AS ts, path4 AS path, last4 AS last
WITH a, ts, path, last WHERE last = a
WITH ts, path, [t IN ts | t.id] AS facts
RETURN size(ts) AS hops, ts[0].at AS first, ts[-1].at AS last, ts[0].amount AS paid, ts[-1].amount AS returned, path,
       [t IN ts | t.at] AS times, [t IN ts | t.amount] AS amounts
ORDER BY first, hops, times, path, facts LIMIT $limit
