// Accounts that keep nothing: what left them in a window, paid or in cash, is near what came in.
// Pooled accounts and merchants are left out.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   min_in: amount = 50000 -- what must have come in at least
//   min_percent: integer = 90 -- what left must be at least this share of it, in percent
//   max_percent: integer = 110 -- and at most this share
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, amount_in: amount, amount_out: amount, cash_out: amount, passed_on: share, payers: integer, last_in: time
// use when: relay accounts are sought (快进快出, 过渡账户)
// cost: the payments of the window, from the index on the time; then those of accounts that received enough

MATCH (a)-[t:TRANSFER]->(b)
USING INDEX t:TRANSFER(at)
WHERE a <> b AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH b, sum(t.amount) AS amount_in, count(DISTINCT a) AS payers, max(t.at) AS last_in
WHERE amount_in >= $min_in AND amount_in > 0 AND NOT (coalesce(b.pooled, false) OR coalesce(b.merchant, false))
CALL (b) {
  MATCH (b)-[t:TRANSFER]->(c)
  WHERE b <> c AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN sum(t.amount) AS amount_out
}
CALL (b) {
  MATCH (b)-[:MOVED_CASH]->(c:Cash)
  WHERE c.ingest_seq <= $seen AND c.at >= $since AND c.at < $until AND c.amount > 0
  RETURN sum(c.amount) AS cash_out
}
WITH *, (amount_out + cash_out) * 1000000 / amount_in AS passed_on
WHERE passed_on >= $min_percent * 10000 AND passed_on <= $max_percent * 10000
RETURN b.id AS account, amount_in, amount_out, cash_out, passed_on, payers, last_in
ORDER BY amount_in DESC, account LIMIT $limit
