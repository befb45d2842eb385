// Accounts that are new between two dates, with what they have done in that time.
// New is an account opened in the window; where the opening is not known, one whose first payment lies in it.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, opened: time, branch, first: time, payments: integer, amount_in: amount, amount_out: amount
// use when: a wave of new accounts is looked into
// cost: the accounts opened and the payments made in the window, from indexes on their times

CALL () {
  MATCH (a:Account)
  USING INDEX a:Account(open_time)
  WHERE a.open_time >= $since AND a.open_time < $until
  RETURN a
  UNION
  MATCH (x)-[t:TRANSFER]->(y)
  USING INDEX t:TRANSFER(at)
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  UNWIND [x, y] AS a
  WITH DISTINCT a
  WHERE a.open_time IS NULL AND NOT EXISTS {
    MATCH (a)-[t:TRANSFER]-()
    WHERE t.at < $since AND t.ingest_seq <= $seen
      AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  }
  RETURN a
}
CALL (a) {
  OPTIONAL MATCH (a)-[t:TRANSFER]-()
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN min(t.at) AS first, count(DISTINCT t) AS payments,
         sum(CASE WHEN endNode(t) = a THEN t.amount ELSE 0 END) AS amount_in,
         sum(CASE WHEN startNode(t) = a THEN t.amount ELSE 0 END) AS amount_out
}
RETURN a.id AS account, a.open_time AS opened, a.branch AS branch, first, payments, amount_in, amount_out
ORDER BY coalesce(opened, first), account LIMIT $limit
