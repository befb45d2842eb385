// Transfers that these accounts were paid in a window; accounts with too many are counted only.
//
// parameters:
//   accounts: list<string> -- account ids, each once
//   start: time -- window from here on
//   end: time -- up to before this
//   min_amount: amount -- smallest amount
//   max_degree: integer -- transfers of an account above which it is a hub
//   as_of: time -- rows known then
//   seen: integer -- last finished load
// returns: account, degree, row: payer, payee, the properties, ingest_seq; row is null for a hub
// use when: one hop of a network or a trace
// cost: one index seek an account, then its transfers

UNWIND $accounts AS id
MATCH (a:Account {id: id})
WITH a, COUNT {
  (a)<-[t:TRANSFER]-()
  WHERE t.at >= $start AND t.at < $end AND t.amount >= $min_amount AND t.known_at <= $as_of AND t.ingest_seq <= $seen
} AS degree
WHERE degree > 0
CALL (a, degree) {
  WITH a, degree WHERE degree <= $max_degree
  MATCH (a)<-[t:TRANSFER]-()
  WHERE t.at >= $start AND t.at < $end AND t.amount >= $min_amount AND t.known_at <= $as_of AND t.ingest_seq <= $seen
  WITH t, startNode(t) AS payer, endNode(t) AS payee
  RETURN [payer.id, payee.id, t.at, t.amount, t.txn_id, t.currency, t.channel, t.type, t.remark, t.payer_balance_after, t.payee_balance_after, t.terminal, t.ip, t.mac, t.merchant, t.success, t.reversal_of, t.known_at, t.id, t.content_hash, t.perspective, t.date_only, t.source_file, t.source_row, t.ingest_seq] AS row
  UNION ALL
  WITH degree WHERE degree > $max_degree
  RETURN null AS row
}
RETURN a.id AS account, degree, row
