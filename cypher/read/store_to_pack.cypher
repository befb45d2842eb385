// Transfers of accounts whose statements are to be packed; accounts with a transfer of an unfinished load are left out.
//
// parameters:
//   numbers: list<integer> -- internal numbers of accounts
// returns: number, known: the latest known_at of its transfers, seq: last finished load, last: the greatest number of a transfer, columns: of its transfers the numbers (n where they failed as -1 - n), times, amounts (below 0: paid by the account) and numbers of the other accounts, end to end
// use when: statements are packed
// cost: one seek an account, then its transfers

MATCH (s:Store {name: 'graphfraud'})
UNWIND $numbers AS number
MATCH (a) WHERE id(a) = number
CALL (a) {
  MATCH (a)-[t:TRANSFER]-(b)
  RETURN max(t.ingest_seq) AS newest, max(t.known_at) AS known, max(id(t)) AS last,
         collect(CASE WHEN coalesce(t.success, true) THEN id(t) ELSE -1 - id(t) END)
         + collect(t.at) + collect(CASE WHEN startNode(t) = a THEN -t.amount ELSE t.amount END) + collect(id(b)) AS columns
}
WITH s, number, newest, known, last, columns WHERE newest <= s.seq
RETURN number, known, s.seq AS seq, last, columns
