// Every payment between two accounts, either way, oldest first.
// Failed payments and reversals are left out; the payment that a reversal takes back is shown.
//
// parameters:
//   account: string -- account id
//   other: string -- the other account
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   min_amount: amount = 0 -- smallest payment that counts
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: at: time, payer, payee, amount: amount, channel, fact
// use when: it is asked how two accounts stand to one another
// cost: the payments of the one with fewer of them

MATCH (a:Account {id: $account}), (b:Account {id: $other})
MATCH (a)-[t:TRANSFER]-(b)
WHERE t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until AND t.amount >= $min_amount
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
RETURN t.at AS at, startNode(t).id AS payer, endNode(t).id AS payee, t.amount AS amount, t.channel AS channel, t.id AS fact
ORDER BY at, fact LIMIT $limit
