// Removes the benchmark's nodes and relationships, in transactions of bounded size.
//
// returns: nothing
// use when: the benchmark is loaded where another one was, or half of one
// cost: everything that is there
// plan: allows UnionNodeByLabelsScan because everything goes

MATCH (n:Account|Person|Company|Medium|Loan)
CALL (n) {
  DETACH DELETE n
} IN TRANSACTIONS OF 10000 ROWS
