// FinBench TCR2: accounts upstream of a person's accounts that received money of loans.
// Upstream by 1 to 3 transfers whose times descend; every loan counts once an account.
//
// parameters:
//   id: integer -- the person
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: otherId, sumLoanAmount, sumLoanBalance: minor units
// use when: it is asked whose loans feed a person's accounts
// cost: the transfers near the accounts, each once a level

MATCH (:Person {id: $id})-[:OWNS]->(a)<-[t:TRANSFER]-(b)
WHERE t.at > $after AND t.at < $before
WITH b, max(t.at) AS at
WITH collect([b, at]) AS first
CALL (first) {
  UNWIND first AS way
  WITH way[0] AS a, way[1] AS at
  MATCH (a)<-[t:TRANSFER]-(b)
  WHERE t.at > $after AND t.at < at
  WITH b, max(t.at) AS at
  RETURN collect([b, at]) AS second
}
CALL (second) {
  UNWIND second AS way
  WITH way[0] AS a, way[1] AS at
  MATCH (a)<-[t:TRANSFER]-(b)
  WHERE t.at > $after AND t.at < at
  RETURN collect(DISTINCT b) AS third
}
UNWIND [way IN first | way[0]] + [way IN second | way[0]] + third AS other
WITH DISTINCT other
MATCH (other)<-[d:DEPOSIT]-(loan)
WHERE d.at > $after AND d.at < $before
WITH DISTINCT other, loan
RETURN other.id AS otherId, sum(loan.amount) AS sumLoanAmount, sum(loan.balance) AS sumLoanBalance
ORDER BY sumLoanAmount DESC, otherId
