// New referrals, linked to account, case and the withdrawals that came before them.
//
// parameters:
//   rows: rows -- one map of properties a row, with id, table and ingest_seq
// returns: nothing
// use when: the rows of a batch that are not there yet are known
// cost: index seeks of the linked nodes, one node and its relationships a row
// plan: allows Eager because cases are made and looked up in one statement; referrals are few

UNWIND $rows AS row
MATCH (a:Account {id: row.account_id})
USING INDEX SEEK a:Account(id)
MERGE (c:Case {no: row.case_no})
CREATE (a)<-[:REFERS]-(r:Referral:Fact)-[:IN_CASE]->(c)
SET r = row
WITH r
MATCH (w:Withdrawal {referral_id: r.referral_id})
USING INDEX SEEK w:Withdrawal(referral_id)
CREATE (w)-[:WITHDRAWS]->(r)
