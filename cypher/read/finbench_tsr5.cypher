// FinBench TSR5: who paid an account, how often and how much, above a threshold.
//
// parameters:
//   id: integer -- the node that is asked about
//   threshold: amount -- only amounts above this
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: srcId, numEdges, sumAmount: minor units
// use when: it is asked who paid an account
// cost: the transfers of the account

MATCH (:Account {id: $id})<-[t:TRANSFER]-(b)
WHERE t.amount > $threshold AND t.at > $after AND t.at < $before
RETURN b.id AS srcId, count(t) AS numEdges, sum(t.amount) AS sumAmount
ORDER BY sumAmount DESC, srcId
