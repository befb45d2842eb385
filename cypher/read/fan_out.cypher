// Accounts that pay many others in a window, with what they received in it.
// Pooled accounts and merchants are left out.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   min_payees: integer = 10 -- how many accounts must be paid
//   min_amount: amount = 0 -- smallest payment that counts
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, payees: integer, payments: integer, amount_out: amount, first_out: time, last_out: time, amount_in: amount
// use when: dispersal is sought (集中转入分散转出)
// cost: the payments of the window, from the index on the time

MATCH (a)-[t:TRANSFER]->(b)
USING INDEX t:TRANSFER(at)
WHERE a <> b AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH a, count(DISTINCT b) AS payees, count(*) AS payments, sum(t.amount) AS amount_out, min(t.at) AS first_out, max(t.at) AS last_out
WHERE payees >= $min_payees AND NOT (coalesce(a.pooled, false) OR coalesce(a.merchant, false))
CALL (a) {
  MATCH (a)<-[t:TRANSFER]-(c)
  WHERE a <> c AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN sum(t.amount) AS amount_in
}
RETURN a.id AS account, payees, payments, amount_out, first_out, last_out, amount_in
ORDER BY payees DESC, amount_out DESC, account LIMIT $limit
