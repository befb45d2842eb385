// FinBench TSR3: the share of blocked payers' transfers above a threshold in all transfers into an account.
//
// parameters:
//   id: integer -- the node that is asked about
//   threshold: amount -- only amounts above this
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: blockRatio: thousandths, rounded half up; -1000 where nothing ever came in
// use when: it is asked how much of what comes in is from blocked accounts
// cost: the transfers into the account

MATCH (a:Account {id: $id})
WITH a, COUNT { (a)<-[:TRANSFER]-() } AS every,
     COUNT { (a)<-[t:TRANSFER]-(b) WHERE b.blocked AND t.amount > $threshold AND t.at > $after AND t.at < $before } AS bad
RETURN CASE WHEN every = 0 THEN -1000 ELSE (2000 * bad + every) / (2 * every) END AS blockRatio
