// Every movement of an account in a window, oldest first: payments in and out, cash.
// Failed payments and reversals are shown as such; cash has its place as counterparty.
//
// parameters:
//   account: string -- account id
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: at: time, direction, counterparty, amount: amount, balance_after: amount, channel, success: boolean, reversal_of, fact
// use when: an account is read line by line
// cost: the payments and cash of the account in the window

MATCH (a:Account {id: $account})
CALL (a) {
  MATCH (a)-[t:TRANSFER]->(b)
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  RETURN t, 'out' AS direction, b.id AS counterparty, t.amount AS amount, t.payer_balance_after AS balance_after
  UNION ALL
  MATCH (a)<-[t:TRANSFER]-(b)
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  RETURN t, 'in' AS direction, b.id AS counterparty, t.amount AS amount, t.payee_balance_after AS balance_after
  UNION ALL
  MATCH (a)-[:MOVED_CASH]->(t:Cash)
  WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  RETURN t, CASE WHEN t.amount < 0 THEN 'cash in' ELSE 'cash out' END AS direction,
         t.place AS counterparty, abs(t.amount) AS amount, null AS balance_after
}
RETURN t.at AS at, direction, counterparty, amount, balance_after, t.channel AS channel,
       coalesce(t.success, true) AS success, t.reversal_of AS reversal_of, t.id AS fact
ORDER BY at, fact, direction LIMIT $limit
