// Who an account pays and is paid by, with sums; the most money first.
// Failed payments and reversals are left out; the payment that a reversal takes back counts.
//
// parameters:
//   account: string -- account id
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, paid: amount, payments: integer, received: amount, receipts: integer, first: time, last: time, pooled: boolean
// use when: an account's dealings are summed up
// cost: the payments of the account

MATCH (a:Account {id: $account})-[t:TRANSFER]-(b:Account)
WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH b, CASE WHEN startNode(t) = a THEN t.amount ELSE 0 END AS paid, CASE WHEN endNode(t) = a THEN t.amount ELSE 0 END AS received,
     startNode(t) = a AS pays, endNode(t) = a AS gets, t
WITH b, sum(paid) AS paid, count(CASE WHEN pays THEN 1 END) AS payments, sum(received) AS received,
     count(CASE WHEN gets THEN 1 END) AS receipts, min(t.at) AS first, max(t.at) AS last
RETURN b.id AS account, paid, payments, received, receipts, first, last, (coalesce(b.pooled, false) OR coalesce(b.merchant, false)) AS pooled
ORDER BY paid + received DESC, account LIMIT $limit
