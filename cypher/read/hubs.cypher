// Accounts with more counterparties than a number in a window: shops, payment companies, fee collectors, and the unknown ones among them.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   min_counterparties: integer = 100 -- smallest number of different accounts that it pays or is paid by
//   min_amount: amount = 0 -- smallest payment that counts
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, counterparties: integer, payments: integer, amount_in: amount, amount_out: amount, kind
// use when: it is decided what a walk through the graph must not cross
// cost: the payments of the window, from the index on the time

MATCH (x)-[t:TRANSFER]->(y)
USING INDEX t:TRANSFER(at)
WHERE x <> y AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
UNWIND [[x, y, 0, t.amount], [y, x, t.amount, 0]] AS side
WITH side[0] AS a, side[1] AS b, side[2] AS came, side[3] AS went
WITH a, count(DISTINCT b) AS counterparties, count(*) AS payments, sum(came) AS amount_in, sum(went) AS amount_out
WHERE counterparties >= $min_counterparties
RETURN a.id AS account, counterparties, payments, amount_in, amount_out,
       CASE WHEN a.pooled THEN 'pooled' WHEN a.merchant THEN 'merchant' ELSE a.holder_type END AS kind
ORDER BY counterparties DESC, account LIMIT $limit
