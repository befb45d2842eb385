// Accounts that mostly receive round amounts.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   unit: amount = 10000 -- an amount is round when it is a multiple of this
//   min_percent: integer = 30 -- smallest share of round ones among the payments received, in percent (0 to 100)
//   min_payments: integer = 5 -- payments received at least
//   min_amount: amount = 0 -- smallest payment that counts
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, payments: integer, round: integer, round_share: share, amount: amount, payers: integer
// use when: stakes and instalments are told from trade
// cost: the payments of the window, from the index on the time

MATCH (x)-[t:TRANSFER]->(y)
USING INDEX t:TRANSFER(at)
WHERE x <> y AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH y, count(*) AS payments, count(CASE WHEN t.amount % $unit = 0 THEN 1 END) AS round, sum(t.amount) AS amount,
     count(DISTINCT x) AS payers
WHERE payments >= $min_payments AND round * 100 >= payments * $min_percent AND NOT (coalesce(y.pooled, false) OR coalesce(y.merchant, false))
RETURN y.id AS account, payments, round, round * 1000000 / payments AS round_share, amount, payers
ORDER BY round_share DESC, payments DESC, account LIMIT $limit
