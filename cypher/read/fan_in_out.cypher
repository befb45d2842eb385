// Accounts that collect from many payers and soon pay it on to few.
// The time is counted from the last payment in; pooled accounts and merchants are left out.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   min_payers: integer = 5 -- how many accounts must pay in
//   max_payees: integer = 3 -- to how many accounts it may go on at most
//   hours: integer = 24 -- within this time after the last payment in (0 to 8,760)
//   min_percent: integer = 80 -- at least this share of what came in must go on, in percent
//   min_amount: amount = 0 -- smallest payment that counts
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, payers: integer, amount_in: amount, first_in: time, last_in: time, payees: integer, amount_out: amount, last_out: time
// use when: collectors are sought (分散转入集中转出)
// cost: the payments of the window, from the index on the time; then those of each collector

MATCH (a)-[t:TRANSFER]->(b)
USING INDEX t:TRANSFER(at)
WHERE a <> b AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH b, count(DISTINCT a) AS payers, sum(t.amount) AS amount_in, min(t.at) AS first_in, max(t.at) AS last_in
WHERE payers >= $min_payers AND NOT (coalesce(b.pooled, false) OR coalesce(b.merchant, false))
CALL (b, first_in, last_in) {
  MATCH (b)-[t:TRANSFER]->(c)
  WHERE b <> c AND t.at >= first_in AND t.at <= last_in + $hours * 3600000000
    AND t.ingest_seq <= $seen AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN count(DISTINCT c) AS payees, sum(t.amount) AS amount_out, max(t.at) AS last_out
}
WITH * WHERE payees > 0 AND payees <= $max_payees AND amount_out * 100 >= amount_in * $min_percent
RETURN b.id AS account, payers, amount_in, first_in, last_in, payees, amount_out, last_out
ORDER BY amount_in DESC, account LIMIT $limit
