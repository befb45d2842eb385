// What the database holds: the mark of a loaded benchmark, or whether it holds something else.
//
// returns: digest: of the tables that are loaded, null while they are being loaded; degree: most links of an account; other: whether it holds something else
// use when: before the benchmark is loaded or asked
// cost: one node
// plan: allows AllNodesScan because it ends at the first node

OPTIONAL MATCH (m:FinBench {name: 'finbench'})
RETURN m.digest AS digest, m.degree AS degree, m IS NULL AND EXISTS { MATCH (n) RETURN n } AS other
