// Accounts that slept and woke: active in a window, for long before it without a payment, but not new.
// What counts as awake is money received.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   idle_days: integer = 180 -- days without a payment before the first one in the window (1 to 36,500)
//   min_in: amount = 50000 -- what must have come in in the window
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, last_before: time, first: time, idle_days: integer, payments: integer, amount_in: amount, amount_out: amount
// use when: bought accounts are sought (长期不动户)
// cost: the payments of the window, from the index on the time; then the earlier ones of accounts that received enough

MATCH (x)-[t:TRANSFER]->(a)
USING INDEX t:TRANSFER(at)
WHERE x <> a AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH a, sum(t.amount) AS amount_in
WHERE amount_in >= $min_in
CALL (a) {
  MATCH (a)-[t:TRANSFER]-()
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN min(t.at) AS first, count(DISTINCT t) AS payments,
         sum(CASE WHEN startNode(t) = a AND endNode(t) <> a THEN t.amount ELSE 0 END) AS amount_out
}
CALL (a) {
  MATCH (a)-[t:TRANSFER]-()
  WHERE t.at < $since AND t.ingest_seq <= $seen
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN max(t.at) AS last_before
}
WITH * WHERE first - last_before >= $idle_days * 86400000000
RETURN a.id AS account, last_before, first, (first - last_before) / 86400000000 AS idle_days, payments, amount_in, amount_out
ORDER BY amount_in DESC, account LIMIT $limit
