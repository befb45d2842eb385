// FinBench TSR2: sum, greatest amount and number of transfers out (edge1) and in (edge2) of an account.
//
// parameters:
//   id: integer -- the node that is asked about
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: sumEdge1Amount, maxEdge1Amount, numEdge1, sumEdge2Amount, maxEdge2Amount, numEdge2: minor units; greatest -100 where there is none
// use when: an account's turnover is asked
// cost: the transfers of the account

MATCH (a:Account {id: $id})
CALL (a) {
  MATCH (a)-[t:TRANSFER]->()
  WHERE t.at > $after AND t.at < $before
  RETURN sum(t.amount) AS sumEdge1Amount, coalesce(max(t.amount), -100) AS maxEdge1Amount, count(t) AS numEdge1
}
CALL (a) {
  MATCH (a)<-[t:TRANSFER]-()
  WHERE t.at > $after AND t.at < $before
  RETURN sum(t.amount) AS sumEdge2Amount, coalesce(max(t.amount), -100) AS maxEdge2Amount, count(t) AS numEdge2
}
RETURN sumEdge1Amount, maxEdge1Amount, numEdge1, sumEdge2Amount, maxEdge2Amount, numEdge2
