// FinBench TCR7: different payers and payees of an account, and what came in over what went out.
//
// parameters:
//   id: integer -- the node that is asked about
//   threshold: amount -- only amounts above this
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: numSrc, numDst, inOutRatio: thousandths, rounded half up; -1000 where nothing goes out
// use when: it is asked whether money goes straight through
// cost: the transfers of the account

MATCH (a:Account {id: $id})
CALL (a) {
  MATCH (a)<-[t:TRANSFER]-(b)
  WHERE t.amount > $threshold AND t.at > $after AND t.at < $before
  RETURN count(DISTINCT b) AS numSrc, sum(t.amount) AS came
}
CALL (a) {
  MATCH (a)-[t:TRANSFER]->(b)
  WHERE t.amount > $threshold AND t.at > $after AND t.at < $before
  RETURN count(DISTINCT b) AS numDst, sum(t.amount) AS went
}
RETURN numSrc, numDst, CASE WHEN went = 0 THEN -1000 ELSE (2000 * came + went) / (2 * went) END AS inOutRatio
