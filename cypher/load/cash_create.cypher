// New cash movements of accounts that are there.
//
// parameters:
//   rows: rows -- one map of properties a row, with id, table and ingest_seq
// returns: nothing
// use when: the rows of a batch that are not there yet are known
// cost: index seeks of the linked nodes, one node and its relationships a row
// plan: allows Eager because nodes are made beside the accounts that are looked up; the batch is bounded

UNWIND $rows AS row
MATCH (a:Account {id: row.account})
USING INDEX SEEK a:Account(id)
CREATE (a)-[:MOVED_CASH]->(c:Cash:Fact)
SET c = row
