// Accounts that pay or receive several amounts just below a threshold.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   threshold: amount = 50000 -- the amount that is avoided
//   margin_percent: integer = 5 -- how far below it still counts, in percent (1 to 100)
//   min_payments: integer = 5 -- how many such payments
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, direction, payments: integer, amount: amount, counterparties: integer, first: time, last: time
// use when: reporting limits are dodged (化整为零)
// cost: the payments of the window, from the index on the time

MATCH (x)-[t:TRANSFER]->(y)
USING INDEX t:TRANSFER(at)
WHERE x <> y AND t.amount < $threshold AND t.amount * 100 >= $threshold * (100 - $margin_percent)
  AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
UNWIND [[x, y, 'out'], [y, x, 'in']] AS side
WITH side[0] AS a, side[2] AS direction, count(*) AS payments, sum(t.amount) AS amount,
     count(DISTINCT side[1]) AS counterparties, min(t.at) AS first, max(t.at) AS last
WHERE payments >= $min_payments
RETURN a.id AS account, direction, payments, amount, counterparties, first, last
ORDER BY payments DESC, amount DESC, account, direction LIMIT $limit
