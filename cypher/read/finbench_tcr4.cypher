// FinBench TCR4: accounts that close a cycle of three with two accounts, the first of which pays the second.
// edge3 is from the second to the other, edge2 from the other to the first; times need not ascend.
//
// parameters:
//   id1: integer -- the first account
//   id2: integer -- the second account
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: otherId, numEdge2, sumEdge2Amount, maxEdge2Amount, numEdge3, sumEdge3Amount, maxEdge3Amount: minor units
// use when: it is asked whether money goes round
// cost: the transfers out of the second account, then those between its payees and the first

MATCH (one:Account {id: $id1})
MATCH (two:Account {id: $id2})
WHERE EXISTS { (one)-[t:TRANSFER]->(two) WHERE t.at > $after AND t.at < $before }
MATCH (two)-[t3:TRANSFER]->(other)
WHERE t3.at > $after AND t3.at < $before
WITH one, other, count(t3) AS numEdge3, sum(t3.amount) AS sumEdge3Amount, max(t3.amount) AS maxEdge3Amount
MATCH (other)-[t2:TRANSFER]->(one)
WHERE t2.at > $after AND t2.at < $before
RETURN other.id AS otherId, count(t2) AS numEdge2, sum(t2.amount) AS sumEdge2Amount, max(t2.amount) AS maxEdge2Amount,
       numEdge3, sumEdge3Amount, maxEdge3Amount
ORDER BY sumEdge2Amount DESC, sumEdge3Amount DESC, otherId
