// The payments of the victims of a case to its referred accounts, and which of them the police named.
// A victim without a payment in the graph is a row without one. Failed payments and reversals are left out.
//
// parameters:
//   case_no: string -- number of the case
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: referral_id, account, victim, reported_amount: amount, reported_at: time, at: time, amount: amount, fact, named: boolean
// use when: the loss of a case is checked against the bank's own payments
// cost: the referrals of the case, then the payments between each victim and the referred account

MATCH (c:Case {no: $case_no})<-[:IN_CASE]-(r:Referral)
WHERE r.victim_account IS NOT NULL AND r.ingest_seq <= $seen AND r.withdrawn_at IS NULL AND toLower(coalesce(r.status, '')) <> 'withdrawn'
  AND NOT EXISTS { MATCH (w:Withdrawal)-[:WITHDRAWS]->(r) WHERE w.ingest_seq <= $seen }
MATCH (r)-[:REFERS]->(a:Account)
OPTIONAL MATCH (v:Account {id: r.victim_account})-[t:TRANSFER]->(a)
WHERE t.ingest_seq <= $seen
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
RETURN r.referral_id AS referral_id, a.id AS account, r.victim_account AS victim, r.victim_amount AS reported_amount,
       r.victim_time AS reported_at, t.at AS at, t.amount AS amount, t.id AS fact,
       coalesce(t.id = r.victim_txn, t.at = r.victim_time AND t.amount = r.victim_amount, false) AS named
ORDER BY referral_id, at, fact LIMIT $limit
