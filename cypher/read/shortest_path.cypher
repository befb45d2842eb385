// The shortest chains of accounts over which money could go from one account to another, the order of the payments aside.
// All chains of the smallest length are shown; pooled accounts, merchants and hubs are not crossed.
// Failed payments and reversals are left out.
//
// parameters:
//   account: string -- account id
//   other: string -- the account it should arrive at
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   max_degree: integer = 1000 -- an account that makes more payments is not crossed
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: hops: integer, path: path
// use when: it is asked whether two accounts have anything to do with one another
// cost: grows with the length; chains have at most six payments

MATCH (a:Account {id: $account}), (b:Account {id: $other})
MATCH way = ALL SHORTEST (a)(
  (x:Account)-[t:TRANSFER]->(y:Account)
  WHERE (x.id = $account OR NOT (coalesce(x.pooled, false) OR coalesce(x.merchant, false)) AND COUNT { (x)-[:TRANSFER]->() } <= $max_degree)
    AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
){1,6}(b)
WITH DISTINCT [n IN nodes(way) | n.id] AS path
RETURN size(path) - 1 AS hops, path
ORDER BY path LIMIT $limit
