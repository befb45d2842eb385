// FinBench TCR8: where the money of a loan went, and how much of the loan flowed in there.
// From the accounts of its deposits along up to 3 transfers or withdrawals, each greater than over/under times the one
// before; the first is not compared, times need not ascend. Of the payments into an account only the smallest matters for
// what may follow. The distance counts the deposit as 1.
//
// parameters:
//   id: integer -- the loan
//   over: integer -- numerator of the factor
//   under: integer -- denominator of the factor
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: dstId, ratio: thousandths, rounded half up; -1000 for a loan of nothing, minDistanceFromLoan
// use when: it is asked where a loan's money ended
// cost: the payments near the accounts, each once a level

MATCH (l:Loan {id: $id})
CALL (l) {
  MATCH (l)-[d:DEPOSIT]->(a)
  WHERE d.at > $after AND d.at < $before
  RETURN collect(DISTINCT [a, -1]) AS start
}
CALL (start) {
  UNWIND start AS way
  WITH way[0] AS a
  MATCH (a)-[t:TRANSFER|WITHDRAW]->(b)
  WHERE t.at > $after AND t.at < $before
  WITH b, min(t.amount) AS least
  RETURN collect([b, least]) AS first
}
CALL (first) {
  UNWIND first AS way
  WITH way[0] AS a, way[1] AS least
  MATCH (a)-[t:TRANSFER|WITHDRAW]->(b)
  WHERE t.at > $after AND t.at < $before AND t.amount * $under > least * $over
  WITH b, min(t.amount) AS least
  RETURN collect([b, least]) AS second
}
CALL (second) {
  UNWIND second AS way
  WITH way[0] AS a, way[1] AS least
  MATCH (a)-[t:TRANSFER|WITHDRAW]->(b)
  WHERE t.at > $after AND t.at < $before AND t.amount * $under > least * $over
  RETURN collect(DISTINCT b) AS third
}
CALL (start, first, second, third) {
  UNWIND start + first + second AS way
  WITH way[0] AS a, min(way[1]) AS least
  MATCH (a)-[t:TRANSFER|WITHDRAW]->(b)
  WHERE t.at > $after AND t.at < $before AND (least < 0 OR t.amount * $under > least * $over)
  RETURN b, sum(t.amount) AS inflow, 4 AS distance
  UNION ALL
  UNWIND [way IN first | [way[0], 2]] + [way IN second | [way[0], 3]] + [b IN third | [b, 4]] AS way
  RETURN way[0] AS b, 0 AS inflow, way[1] AS distance
}
WITH l.amount AS whole, b, sum(inflow) AS inflow, min(distance) AS minDistanceFromLoan
RETURN b.id AS dstId, CASE WHEN whole = 0 THEN -1000 ELSE (2000 * inflow + whole) / (2 * whole) END AS ratio, minDistanceFromLoan
ORDER BY minDistanceFromLoan DESC, ratio DESC, dstId
