// Statements of these accounts: every transfer and cash movement, the newest account row, what else tells of them.
// Of an account with too many transfers, a pooled one and a merchant only the row is told. Where texts are not wanted, an
// account whose packed statement stands answers with that: it holds as many transfers, cash and account rows as there
// are now, of finished loads, all known by then, and was packed in this very database (docs/graph.md).
//
// parameters:
//   accounts: rows -- [account id or null, internal number, transfers before this time] of each, once
//   start: time -- window from here on
//   end: time -- up to before this
//   min_amount: amount -- smallest amount of a transfer
//   max_degree: integer -- stored transfers of an account above which it is a hub
//   as_of: time -- rows known then
//   whole: boolean -- whether to tell serials, channels and signs of transfers
//   packed: boolean -- whether packed statements may answer
//   signs: boolean -- whether those that failed are marked
//   seen: boolean -- whether to tell of accounts with a row, too, if they have an identifier or cash of their own
//   settled: list<string> -- banks of whose accounts that is not wanted
//   cards: boolean -- whether to look for other numbers
// returns: one row. packed: [number, account id, transfers before this time, degree, whether it has an identifier of its own, whether another's row states its number, packed statement] of those whose packed statement stands; accounts: of the others [account id, number, degree, cash, holding], cash: [at, amount, txn_id, terminal, place, id] of each movement, holding: holder_type, pooled, merchant, bank, open_time, opening_balance, stated, seen, other_number; mine, rows, times, amounts, others: of each transfer the number of the account whose statement it is on, its own (n of a marked one: -1 - n), time, amount (below 0: paid by the account) and the number of the other account; told: the other account, txn_id, channel, type, success, reversal_of, perspective, id of each
// use when: money is followed through accounts of a store
// cost: one seek an account, then its transfers and cash; some 300,000 transfers a second, whole half as many; packed, two seeks and a few counts an account

MATCH (s:Store {name: 'graphfraud'})
UNWIND $accounts AS asked
CALL (asked) {
  WITH asked WHERE asked[0] IS NOT NULL
  MATCH (a:Account {id: asked[0]})
  RETURN a
  UNION ALL
  WITH asked WHERE asked[0] IS NULL
  MATCH (a) WHERE id(a) = asked[1]
  RETURN a
}
WITH s, a, asked[2] AS until, COUNT { (a)-[:TRANSFER]-() } AS degree
WITH s, a, until, degree,
     coalesce($packed AND NOT $whole AND degree <= $max_degree AND a.statement_rows = degree
       AND a.statement_cash = COUNT { (a)-[:MOVED_CASH]->() } AND a.statement_versions = COUNT { (a)<-[:DESCRIBES]-() }
       AND a.statement_known <= $as_of AND a.statement_seq <= s.seq AND a.statement_number = id(a)
       AND EXISTS { MATCH (x)-[t]->(y) WHERE id(t) = a.statement_last AND (x = a OR y = a) }, false) AS stands
WITH s, collect(CASE WHEN NOT stands THEN [a, until, degree] END) AS unpacked,
     collect(CASE WHEN stands THEN [id(a), a.id, until, degree,
       a.statement_used OR EXISTS {
         (a)-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->()
         WHERE u.known_at <= $as_of AND u.ingest_seq <= s.seq
       },
       $cards AND EXISTS {
         (w:AccountVersion {card_no: a.id})
         WHERE w.account_id <> a.id AND w.known_at <= $as_of AND w.ingest_seq <= s.seq
       }, a.statement] END) AS packed
CALL (s, unpacked) {
  UNWIND unpacked AS one
  WITH s, one[0] AS a, one[1] AS until, one[2] AS degree
  CALL (a, s) {
    OPTIONAL MATCH (a)<-[:DESCRIBES]-(w:AccountVersion)
    WHERE w.known_at <= $as_of AND w.ingest_seq <= s.seq
    WITH a, w ORDER BY w.known_at DESC, w.id DESC
    RETURN collect(w)[0] AS v, count(CASE WHEN $cards AND w.card_no <> '' AND w.card_no <> a.id THEN 1 END) AS numbers
  }
  CALL (s, a) {
    MATCH (a)-[:MOVED_CASH]->(c:Cash)
    WHERE c.at >= $start AND c.at < $end AND c.known_at <= $as_of AND c.ingest_seq <= s.seq
    RETURN collect([c.at, c.amount, c.txn_id, c.terminal, c.place, c.id]) AS cash
  }
  WITH s, a, until, degree, v, numbers, cash,
       degree <= $max_degree AND NOT (coalesce(v.pooled, false) OR coalesce(v.merchant, false)) AS open
  RETURN collect(CASE WHEN open THEN [a, until] END) AS walked,
         collect([a.id, id(a), degree, CASE WHEN open THEN cash ELSE [] END,
           [v.holder_type, v.pooled, v.merchant, v.bank, v.open_time, v.opening_balance, v IS NOT NULL,
            CASE WHEN v IS NULL OR $seen AND NOT coalesce(v.bank, '') IN $settled THEN size(cash) > 0 OR EXISTS {
              (a)-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->()
              WHERE u.known_at <= $as_of AND u.ingest_seq <= s.seq
            } END,
            numbers > 0 OR $cards AND EXISTS {
              (w:AccountVersion {card_no: a.id})
              WHERE w.account_id <> a.id AND w.known_at <= $as_of AND w.ingest_seq <= s.seq
            }]]) AS accounts
}
CALL (s, walked) {
  UNWIND walked AS one
  WITH s, one[0] AS a, one[1] AS until
  MATCH (a)-[t:TRANSFER]-(b)
  WHERE t.at >= $start AND t.at < until AND t.known_at <= $as_of AND t.ingest_seq <= s.seq
    AND ($min_amount = 0 OR t.amount >= $min_amount)
  RETURN collect(id(a)) AS mine, collect(CASE WHEN $signs AND NOT coalesce(t.success, true) THEN -1 - id(t) ELSE id(t) END) AS rows, collect(t.at) AS times,
         collect(CASE WHEN startNode(t) = a THEN -t.amount ELSE t.amount END) AS amounts, collect(id(b)) AS others,
         collect(CASE WHEN $whole THEN [b.id, t.txn_id, t.channel, t.type, t.success, t.reversal_of, t.perspective, t.id] END) AS told
}
RETURN accounts, packed, mine, rows, times, amounts, others, told
