// Accounts that received money from referred accounts of different cases.
// Referrals that were withdrawn do not count; pooled accounts, merchants and referred accounts with more than max_degree payments are left out.
//
// parameters:
//   min_cases: integer = 2 -- how many different cases
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   max_degree: integer = 1000 -- a referred account that makes more payments is not looked at
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, cases: list<text>, referred_payers: list<text>, payments: integer, amount: amount, first: time, last: time, referred: boolean
// use when: cases that belong together are sought, and the layer that serves several gangs (水房)
// cost: the referrals, from an index; then the payments of each referred account

MATCH (r:Fact)
USING INDEX r:Fact(table, ingest_seq)
WHERE r.table = 'referrals' AND r.ingest_seq <= $seen AND r.withdrawn_at IS NULL AND toLower(coalesce(r.status, '')) <> 'withdrawn'
  AND NOT EXISTS { MATCH (w:Withdrawal)-[:WITHDRAWS]->(r) WHERE w.ingest_seq <= $seen }
MATCH (r)-[:REFERS]->(a:Account)
WITH DISTINCT a, r.case_no AS case_no
WHERE COUNT { (a)-[:TRANSFER]->() } <= $max_degree
MATCH (a)-[t:TRANSFER]->(b)
WHERE a <> b AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH b, collect(DISTINCT case_no) AS case_nos, collect(DISTINCT a.id) AS payers, collect(DISTINCT t) AS ts
WHERE size(case_nos) >= $min_cases AND NOT (coalesce(b.pooled, false) OR coalesce(b.merchant, false))
CALL (case_nos) {
  UNWIND case_nos AS one
  WITH one ORDER BY one
  RETURN collect(one) AS cases
}
CALL (payers) {
  UNWIND payers AS one
  WITH one ORDER BY one
  RETURN collect(one) AS referred_payers
}
CALL (ts) {
  UNWIND ts AS t
  RETURN count(t) AS payments, sum(t.amount) AS amount, min(t.at) AS first, max(t.at) AS last
}
RETURN b.id AS account, cases, referred_payers, payments, amount, first, last,
       EXISTS {
         MATCH (b)<-[:REFERS]-(r)
         WHERE r.ingest_seq <= $seen AND r.withdrawn_at IS NULL AND toLower(coalesce(r.status, '')) <> 'withdrawn'
           AND NOT EXISTS { MATCH (w:Withdrawal)-[:WITHDRAWS]->(r) WHERE w.ingest_seq <= $seen }
       } AS referred
ORDER BY size(cases) DESC, amount DESC, account LIMIT $limit
