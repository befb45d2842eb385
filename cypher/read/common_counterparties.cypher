// Accounts that several of the given accounts pay or are paid by; those with the most of them first.
// A given account with more than max_degree payments is not looked through: everybody deals with it.
// Failed payments and reversals are left out.
//
// parameters:
//   accounts: list<string> -- the accounts that are compared
//   min_accounts: integer = 2 -- how many of them a counterparty must deal with
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   max_degree: integer = 1000 -- an account with more payments is shown and not crossed
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, shared: integer, accounts: list<text>, received: amount, paid: amount, pooled: boolean
// use when: suspects are known and their collector or their source is sought
// cost: the payments of each given account

UNWIND $accounts AS id
WITH DISTINCT id
MATCH (a:Account {id: id})
WHERE COUNT { (a)-[:TRANSFER]-() } <= $max_degree
MATCH (a)-[t:TRANSFER]-(b:Account)
WHERE NOT b.id IN $accounts AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH a.id AS id, b, sum(CASE WHEN startNode(t) = a THEN t.amount ELSE 0 END) AS received,
     sum(CASE WHEN startNode(t) = a THEN 0 ELSE t.amount END) AS paid
ORDER BY id
WITH b, collect(id) AS accounts, sum(received) AS received, sum(paid) AS paid
WHERE size(accounts) >= $min_accounts
RETURN b.id AS account, size(accounts) AS shared, accounts, received, paid, (coalesce(b.pooled, false) OR coalesce(b.merchant, false)) AS pooled
ORDER BY shared DESC, received + paid DESC, account LIMIT $limit
