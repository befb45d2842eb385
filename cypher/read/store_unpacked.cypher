// Accounts whose packed statement is missing or does not stand, some accounts at a time in order of their id.
//
// parameters:
//   after: string -- accounts after this id
//   limit: integer -- greatest number of accounts that are looked at
//   most: integer -- transfers of an account above which none is packed
// returns: one row. last: id of the last account looked at, null after all; accounts: [number, transfers] of those to pack
// use when: statements are packed
// cost: the accounts looked at, by the index on their id, and counts of the transfers, cash and rows of each

MATCH (a:Account) WHERE a.id > $after
WITH a ORDER BY a.id LIMIT $limit
MATCH (s:Store {name: 'graphfraud'})
WITH s, a, COUNT { (a)-[:TRANSFER]-() } AS degree
WITH a, degree, a.statement_rows = degree AND a.statement_known IS NOT NULL AND a.statement_seq <= s.seq AND a.statement_number = id(a)
     AND a.statement_cash = COUNT { (a)-[:MOVED_CASH]->() } AND a.statement_versions = COUNT { (a)<-[:DESCRIBES]-() }
     AND EXISTS { MATCH (x)-[t]->(y) WHERE id(t) = a.statement_last AND (x = a OR y = a) } AS stands
RETURN max(a.id) AS last,
       collect(CASE WHEN degree > 0 AND degree <= $most AND NOT coalesce(stands, false) THEN [id(a), degree] END) AS accounts
