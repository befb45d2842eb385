// FinBench TCR1: accounts that money of an account reaches and that a blocked medium signed into.
// Reached by 1 to 3 transfers of ascending times. Of the ways to an account the earliest arrival is what counts for the next hop.
//
// parameters:
//   id: integer -- the node that is asked about
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: otherId, accountDistance, mediumId, mediumType
// use when: it is asked which blocked device is behind the money's way
// cost: the transfers near the account, each once a level

MATCH (a:Account {id: $id})-[t:TRANSFER]->(b)
WHERE t.at > $after AND t.at < $before
WITH b, min(t.at) AS at
WITH collect([b, at]) AS first
CALL (first) {
  UNWIND first AS way
  WITH way[0] AS a, way[1] AS at
  MATCH (a)-[t:TRANSFER]->(b)
  WHERE t.at > at AND t.at < $before
  WITH b, min(t.at) AS at
  RETURN collect([b, at]) AS second
}
CALL (second) {
  UNWIND second AS way
  WITH way[0] AS a, way[1] AS at
  MATCH (a)-[t:TRANSFER]->(b)
  WHERE t.at > at AND t.at < $before
  RETURN collect(DISTINCT b) AS third
}
UNWIND [way IN first | [1, way[0]]] + [way IN second | [2, way[0]]] + [b IN third | [3, b]] AS way
WITH way[0] AS accountDistance, way[1] AS other
MATCH (other)<-[s:SIGNED_IN]-(m)
WHERE m.blocked AND s.at > $after AND s.at < $before
RETURN DISTINCT other.id AS otherId, accountDistance, m.id AS mediumId, m.kind AS mediumType
ORDER BY accountDistance, otherId, mediumId
