// FinBench TSR4: whom an account paid, how often and how much, above a threshold.
//
// parameters:
//   id: integer -- the node that is asked about
//   threshold: amount -- only amounts above this
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: dstId, numEdges, sumAmount: minor units
// use when: it is asked whom an account paid
// cost: the transfers of the account

MATCH (:Account {id: $id})-[t:TRANSFER]->(b)
WHERE t.amount > $threshold AND t.at > $after AND t.at < $before
RETURN b.id AS dstId, count(t) AS numEdges, sum(t.amount) AS sumAmount
ORDER BY sumAmount DESC, dstId
