// FinBench TCR5: the different account paths of the money of a person's accounts, longest first.
// Paths of 1 to 3 transfers of ascending times that visit no account twice; the beginning of a path is a path too.
//
// parameters:
//   id: integer -- the person
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: path: ids along it
// use when: it is asked along which accounts a person's money went
// cost: the transfers near the accounts, each once a path

MATCH (:Person {id: $id})-[:OWNS]->(a)-[t:TRANSFER]->(b)
WHERE a <> b AND t.at > $after AND t.at < $before
WITH a, b, min(t.at) AS at
WITH collect([[a.id, b.id], b, at]) AS first
CALL (first) {
  UNWIND first AS way
  WITH way[0] AS path, way[1] AS a, way[2] AS at
  MATCH (a)-[t:TRANSFER]->(b)
  WHERE t.at > at AND t.at < $before AND NOT b.id IN path
  WITH path, b, min(t.at) AS at
  RETURN collect([path + b.id, b, at]) AS second
}
CALL (second) {
  UNWIND second AS way
  WITH way[0] AS path, way[1] AS a, way[2] AS at
  MATCH (a)-[t:TRANSFER]->(b)
  WHERE t.at > at AND t.at < $before AND NOT b.id IN path
  RETURN collect(DISTINCT path + b.id) AS third
}
UNWIND [way IN first | way[0]] + [way IN second | way[0]] + third AS path
RETURN path
ORDER BY size(path) DESC, path
