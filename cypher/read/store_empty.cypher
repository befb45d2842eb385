// Whether the database holds anything.
//
// returns: empty
// use when: a database without migrations is opened
// cost: the first node
// plan: allows AllNodesScan because one node is enough

OPTIONAL MATCH (n)
WITH n LIMIT 1
RETURN n IS NULL AS empty
