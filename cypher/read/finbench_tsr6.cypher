// FinBench TSR6: blocked accounts that share a payer with an account; times need not ascend.
//
// parameters:
//   id: integer -- the node that is asked about
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: dstId
// use when: it is asked who else the payers of an account pay
// cost: the transfers of the account's payers

MATCH (a:Account {id: $id})<-[t1:TRANSFER]-(payer)
WHERE t1.at > $after AND t1.at < $before
WITH DISTINCT a, payer
MATCH (payer)-[t2:TRANSFER]->(b)
WHERE b.blocked AND b <> a AND t2.at > $after AND t2.at < $before
RETURN DISTINCT b.id AS dstId
ORDER BY dstId
