// Accounts that received money from referred accounts of different cases: two of them at least have no case in common.
// Referrals that were withdrawn do not count; pooled accounts, merchants and referred accounts with more than max_degree payments are left out.
// Failed payments and reversals are left out.
//
// parameters:
//   min_payers: integer = 2 -- from how many referred accounts
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   max_degree: integer = 1000 -- a referred account that makes more payments is not looked at
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, referred_payers: list<text>, cases: list<text>, payments: integer, amount: amount, first: time, last: time, referred: boolean
// use when: cases that belong together are sought, and the layer that serves several gangs (水房)
// cost: the referrals, from an index; then the payments of each referred account

MATCH (r:Fact)
USING INDEX r:Fact(table, ingest_seq)
WHERE r.table = 'referrals' AND r.ingest_seq <= $seen AND r.withdrawn_at IS NULL AND toLower(coalesce(r.status, '')) <> 'withdrawn'
  AND NOT EXISTS { MATCH (w:Withdrawal)-[:WITHDRAWS]->(r) WHERE w.ingest_seq <= $seen }
MATCH (r)-[:REFERS]->(a:Account)
WITH a, r.case_no AS case_no ORDER BY case_no
WITH a, collect(DISTINCT case_no) AS cases
WHERE COUNT { (a)-[:TRANSFER]->() } <= $max_degree
MATCH (a)-[t:TRANSFER]->(b)
WHERE a <> b AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH b, a.id AS payer, cases, count(t) AS payments, sum(t.amount) AS amount, min(t.at) AS first, max(t.at) AS last
ORDER BY payer
WITH b, collect(payer) AS payers, collect(cases) AS found, sum(payments) AS payments, sum(amount) AS amount,
     min(first) AS first, max(last) AS last
WHERE size(payers) >= $min_payers AND NOT (coalesce(b.pooled, false) OR coalesce(b.merchant, false))
  AND any(one IN found WHERE any(two IN found WHERE none(c IN one WHERE c IN two)))
CALL (found) {
  UNWIND found AS one
  UNWIND one AS c
  WITH DISTINCT c ORDER BY c
  RETURN collect(c) AS cases
}
RETURN b.id AS account, payers AS referred_payers, cases, payments, amount, first, last,
       EXISTS {
         MATCH (b)<-[:REFERS]-(r)
         WHERE r.ingest_seq <= $seen AND r.withdrawn_at IS NULL AND toLower(coalesce(r.status, '')) <> 'withdrawn'
           AND NOT EXISTS { MATCH (w:Withdrawal)-[:WITHDRAWS]->(r) WHERE w.ingest_seq <= $seen }
       } AS referred
ORDER BY size(payers) DESC, amount DESC, account LIMIT $limit
