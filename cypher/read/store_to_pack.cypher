// What is on the statements of accounts that are to be packed; those with a row of an unfinished load are left out.
//
// parameters:
//   numbers: list<integer> -- internal numbers of accounts
// returns: number, seq: last finished load, known: the latest known_at of what is told, last: the greatest number of a transfer, columns: of its transfers the numbers (n where they failed as -1 - n), times, amounts (below 0: paid by the account) and numbers of the other accounts, end to end; versions: how many account rows, holding: holder_type, pooled, merchant, bank, open_time, opening_balance and whether there is a row, of the newest, whether one states another number; cash: [at, amount, txn_id, terminal, place, id] of each movement; used: whether it has an identifier
// use when: statements are packed
// cost: one seek an account, then its transfers, cash, rows and identifiers

MATCH (s:Store {name: 'graphfraud'})
UNWIND $numbers AS number
MATCH (a) WHERE id(a) = number
CALL (a) {
  MATCH (a)-[t:TRANSFER]-(b)
  RETURN max(t.ingest_seq) AS newest, max(t.known_at) AS known, max(id(t)) AS last,
         collect(CASE WHEN coalesce(t.success, true) THEN id(t) ELSE -1 - id(t) END)
         + collect(t.at) + collect(CASE WHEN startNode(t) = a THEN -t.amount ELSE t.amount END) + collect(id(b)) AS columns
}
CALL (a) {
  OPTIONAL MATCH (a)<-[:DESCRIBES]-(w:AccountVersion)
  WITH a, w ORDER BY w.known_at DESC, w.id DESC
  RETURN count(w) AS versions, coalesce(max(w.ingest_seq), 0) AS newest_row, max(w.known_at) AS described, collect(w)[0] AS v,
         count(CASE WHEN w.card_no <> '' AND w.card_no <> a.id THEN 1 END) > 0 AS renumbered
}
CALL (a) {
  OPTIONAL MATCH (a)-[:MOVED_CASH]->(c:Cash)
  RETURN coalesce(max(c.ingest_seq), 0) AS newest_cash, max(c.known_at) AS moved,
         collect(CASE WHEN c IS NOT NULL THEN [c.at, c.amount, c.txn_id, c.terminal, c.place, c.id] END) AS cash
}
CALL (s, a) {
  OPTIONAL MATCH (a)-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->() WHERE u.ingest_seq <= s.seq
  RETURN min(u.known_at) AS used
}
WITH * WHERE newest <= s.seq AND newest_row <= s.seq AND newest_cash <= s.seq
RETURN number, s.seq AS seq, reduce(last = known, at IN [described, moved, used] | CASE WHEN at > last THEN at ELSE last END) AS known, last, columns, versions, cash, used IS NOT NULL AS used,
       [v.holder_type, v.pooled, v.merchant, v.bank, v.open_time, v.opening_balance, v IS NOT NULL, renumbered] AS holding
