// New withdrawals, linked to their referrals.
//
// parameters:
//   rows: rows -- one map of properties a row, with id, table and ingest_seq
// returns: nothing
// use when: the rows of a batch that are not there yet are known
// cost: index seeks of the linked nodes, one node and its relationships a row
// plan: allows Eager because nodes are made beside the ones that are looked up; withdrawals are few

UNWIND $rows AS row
CREATE (w:Withdrawal:Fact)
SET w = row
WITH w
MATCH (r:Referral {referral_id: w.referral_id})
USING INDEX SEEK r:Referral(referral_id)
CREATE (w)-[:WITHDRAWS]->(r)
