// New sanctions, linked to the account they are against where the subject is one.
//
// parameters:
//   rows: rows -- one map of properties a row, with id, table and ingest_seq
// returns: nothing
// use when: the rows of a batch that are not there yet are known
// cost: index seeks of the linked nodes, one node and its relationships a row
// plan: allows Eager because nodes are made beside the ones that are looked up; sanctions are few

UNWIND $rows AS row
CREATE (s:Sanction:Fact)
SET s = row
WITH s WHERE s.subject_kind = 'account'
MATCH (a:Account {id: s.subject})
USING INDEX SEEK a:Account(id)
CREATE (s)-[:AGAINST]->(a)
