// Why the rings of a run are rings, linked to the accounts and the identifier it is about.
//
// parameters:
//   rows: rows -- [key of the ring, map of properties] of each row
// returns: nothing
// use when: the rings of the run are written
// cost: index seeks of the ring, two accounts and an identifier a row
// plan: allows Eager because nodes are made beside the ones that are looked up; the batch is bounded

UNWIND $rows AS row
MATCH (ring:Ring {key: row[0]})
USING INDEX SEEK ring:Ring(key)
CREATE (ring)-[:SHOWN_BY]->(e:Evidence)
SET e = row[1]
WITH e
CALL (e) {
  MATCH (a:Account {id: e.account_a}) USING INDEX SEEK a:Account(id) CREATE (e)-[:ABOUT]->(a)
}
CALL (e) {
  MATCH (b:Account {id: e.account_b}) USING INDEX SEEK b:Account(id) CREATE (e)-[:ABOUT]->(b)
}
CALL (e) {
  MATCH (i:Identifier {kind: e.identifier_kind, value: e.identifier_value}) USING INDEX SEEK i:Identifier(kind, value) CREATE (e)-[:ABOUT]->(i)
}
