// Referrals whose account no other fact names: nothing can be found from them yet.
// Referrals that were withdrawn are left out.
//
// parameters:
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: referral_id, case_no, account, referred_at: time, authority
// use when: a feed is late, or an account number was mistyped
// cost: the referrals, from an index

MATCH (r:Fact)
USING INDEX r:Fact(table, ingest_seq)
WHERE r.table = 'referrals' AND r.ingest_seq <= $seen AND r.withdrawn_at IS NULL AND toLower(coalesce(r.status, '')) <> 'withdrawn'
  AND NOT EXISTS { MATCH (w:Withdrawal)-[:WITHDRAWS]->(r) WHERE w.ingest_seq <= $seen }
MATCH (r)-[:REFERS]->(a:Account)
WHERE NOT EXISTS { MATCH (a)-[t:TRANSFER]-() WHERE t.ingest_seq <= $seen }
  AND NOT EXISTS { MATCH (a)-[:MOVED_CASH]->(c) WHERE c.ingest_seq <= $seen }
  AND NOT EXISTS { MATCH (a)<-[:DESCRIBES]-(v) WHERE v.ingest_seq <= $seen }
  AND NOT EXISTS { MATCH (a)-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->() WHERE u.ingest_seq <= $seen }
RETURN r.referral_id AS referral_id, r.case_no AS case_no, a.id AS account, r.referred_at AS referred_at, r.authority AS authority
ORDER BY referred_at, referral_id LIMIT $limit
