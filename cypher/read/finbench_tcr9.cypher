// FinBench TCR9: loan deposits over repayments and over transfers out, transfers in over transfers out.
//
// parameters:
//   id: integer -- the node that is asked about
//   threshold: amount -- only amounts above this
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: ratioRepay, ratioDeposit, ratioTransfer: thousandths, rounded half up; -1000 where the divisor is 0
// use when: it is asked whether an account lives on loans
// cost: the payments of the account

MATCH (a:Account {id: $id})
CALL (a) {
  MATCH (a)<-[d:DEPOSIT]-()
  WHERE d.amount > $threshold AND d.at > $after AND d.at < $before
  RETURN sum(d.amount) AS deposited
}
CALL (a) {
  MATCH (a)-[r:REPAY]->()
  WHERE r.amount > $threshold AND r.at > $after AND r.at < $before
  RETURN sum(r.amount) AS repaid
}
CALL (a) {
  MATCH (a)<-[t:TRANSFER]-()
  WHERE t.amount > $threshold AND t.at > $after AND t.at < $before
  RETURN sum(t.amount) AS came
}
CALL (a) {
  MATCH (a)-[t:TRANSFER]->()
  WHERE t.amount > $threshold AND t.at > $after AND t.at < $before
  RETURN sum(t.amount) AS went
}
RETURN CASE WHEN repaid = 0 THEN -1000 ELSE (2000 * deposited + repaid) / (2 * repaid) END AS ratioRepay,
       CASE WHEN went = 0 THEN -1000 ELSE (2000 * deposited + went) / (2 * went) END AS ratioDeposit,
       CASE WHEN went = 0 THEN -1000 ELSE (2000 * came + went) / (2 * went) END AS ratioTransfer
