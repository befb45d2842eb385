// Accounts that were active and have gone quiet: payments before a day, none from it on.
// A closed account shows when it was cancelled.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   quiet_since: time -- no payments from this time until the end of the window
//   min_payments: integer = 5 -- payments that an active account has made or received before it
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, payments: integer, amount_in: amount, amount_out: amount, last: time, cancelled: time
// use when: accounts that were given up are sought, for example after a case became known
// cost: the payments of the window, from the index on the time

MATCH (x)-[t:TRANSFER]->(y)
USING INDEX t:TRANSFER(at)
WHERE t.at < $quiet_since AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
UNWIND CASE WHEN x = y THEN [x] ELSE [x, y] END AS a
WITH a, count(*) AS payments, max(t.at) AS last,
     sum(CASE WHEN y = a THEN t.amount ELSE 0 END) AS amount_in, sum(CASE WHEN x = a THEN t.amount ELSE 0 END) AS amount_out
WHERE payments >= $min_payments AND NOT EXISTS {
  MATCH (a)-[t:TRANSFER]-()
  WHERE t.at >= $quiet_since AND t.at < $until AND t.ingest_seq <= $seen
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
}
RETURN a.id AS account, payments, amount_in, amount_out, last, a.cancel_time AS cancelled
ORDER BY last DESC, account LIMIT $limit
