// Statements of these accounts: every transfer and cash movement, the newest account row, what else tells of them.
// Of an account with too many transfers, a pooled one and a merchant only the row is told.
//
// parameters:
//   accounts: rows -- [account id, transfers before this time] of each, once
//   start: time -- window from here on
//   end: time -- up to before this
//   min_amount: amount -- smallest amount of a transfer
//   max_degree: integer -- stored transfers of an account above which it is a hub
//   as_of: time -- rows known then
//   signs: boolean -- whether to read type, success and reversal_of; null otherwise
// returns: account, degree, holding: holder_type, pooled, merchant, bank, open_time, opening_balance, stated, seen, other_number; transfers: [paid by the account, the other account, at, amount, txn_id, channel, type, success, reversal_of, perspective, id]; cash: [at, amount, txn_id, terminal, place, id]
// use when: money is followed through accounts of a store
// cost: one index seek an account, then its transfers and cash; about 100,000 transfers a second

MATCH (s:Store {name: 'graphfraud'})
UNWIND $accounts AS asked
MATCH (a:Account {id: asked[0]})
CALL (a, s) {
  OPTIONAL MATCH (a)<-[:DESCRIBES]-(w:AccountVersion)
  WHERE w.known_at <= $as_of AND w.ingest_seq <= s.seq
  WITH a, w ORDER BY w.known_at DESC, w.id DESC
  RETURN collect(w)[0] AS v, count(CASE WHEN w.card_no <> '' AND w.card_no <> a.id THEN 1 END) AS numbers
}
WITH s, a, v, numbers, asked[1] AS until, COUNT { (a)-[:TRANSFER]-() } AS degree,
     coalesce(v.pooled, false) OR coalesce(v.merchant, false) AS ends
CALL (s, a, until, degree, ends) {
  WITH * WHERE degree <= $max_degree AND NOT ends
  MATCH (a)-[t:TRANSFER]-(b)
  WHERE t.at >= $start AND t.at < until AND t.amount >= $min_amount AND t.known_at <= $as_of AND t.ingest_seq <= s.seq
  RETURN collect([startNode(t) = a, b.id, t.at, t.amount, t.txn_id, t.channel, CASE WHEN $signs THEN t.type END, CASE WHEN $signs THEN t.success END, CASE WHEN $signs THEN t.reversal_of END, t.perspective, t.id]) AS transfers
}
CALL (s, a, degree, ends) {
  MATCH (a)-[:MOVED_CASH]->(c:Cash)
  WHERE c.at >= $start AND c.at < $end AND c.known_at <= $as_of AND c.ingest_seq <= s.seq
  RETURN collect([c.at, c.amount, c.txn_id, c.terminal, c.place, c.id]) AS cash
}
RETURN a.id AS account, degree, transfers,
       CASE WHEN degree <= $max_degree AND NOT ends THEN cash ELSE [] END AS cash,
       [v.holder_type, v.pooled, v.merchant, v.bank, v.open_time, v.opening_balance, v IS NOT NULL,
        size(cash) > 0 OR EXISTS {
          (a)-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->()
          WHERE u.known_at <= $as_of AND u.ingest_seq <= s.seq
        },
        numbers > 0 OR EXISTS {
          (w:AccountVersion {card_no: a.id})
          WHERE w.account_id <> a.id AND w.known_at <= $as_of AND w.ingest_seq <= s.seq
        }] AS holding
