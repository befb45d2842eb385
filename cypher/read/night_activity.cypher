// Accounts that move money at night (00:00 to 06:00 in China) and did not before.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   min_night: amount = 100000 -- what was paid and received in the nights of the window
//   quiet_days: integer = 90 -- days before the window without a payment at night (0 to 36,500)
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, payments: integer, amount: amount, first: time, last: time, counterparties: integer
// use when: remote-controlled accounts are sought
// cost: the payments of the window, from the index on the time; then the earlier ones of accounts that are active at night

MATCH (x)-[t:TRANSFER]->(y)
USING INDEX t:TRANSFER(at)
WHERE x <> y AND (t.at + 28800000000) % 86400000000 < 21600000000 AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
UNWIND [[x, y], [y, x]] AS side
WITH side[0] AS a, count(*) AS payments, sum(t.amount) AS amount, min(t.at) AS first, max(t.at) AS last,
     count(DISTINCT side[1]) AS counterparties
WHERE amount >= $min_night AND NOT (coalesce(a.pooled, false) OR coalesce(a.merchant, false)) AND NOT EXISTS {
  MATCH (a)-[t:TRANSFER]-()
  WHERE t.at < $since AND t.at >= $since - $quiet_days * 86400000000
    AND (t.at + 28800000000) % 86400000000 < 21600000000 AND t.ingest_seq <= $seen
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
}
RETURN a.id AS account, payments, amount, first, last, counterparties
ORDER BY amount DESC, account LIMIT $limit
