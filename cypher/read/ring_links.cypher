// Rings of the live run whose members share an identifier with members of another ring.
// An IP address alone does not link rings; identifiers of more than max_accounts accounts are hubs and left out.
//
// parameters:
//   max_accounts: integer = 50 -- more accounts make an identifier a hub
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: ring_id, other_ring, kind, value, accounts: list<text>, other_accounts: list<text>
// use when: rings that one hand may run are sought
// cost: the identifiers of all members of the live rings

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (run)<-[:FOUND_IN]-(r:Ring)<-[:MEMBER_OF]-(a:Account)-[u:USES_DEVICE|HAS_PHONE|USES_MAC|HAS_ADDRESS|OPENED_BY]->(i)
WHERE u.ingest_seq <= $seen
WITH DISTINCT i, r, a ORDER BY a.id
WITH i, r, collect(a.id) AS accounts
WITH i, collect([r.ring_id, accounts]) AS rings
WHERE size(rings) > 1
CALL (i) {
  MATCH (i)<-[u:USES_DEVICE|HAS_PHONE|USES_MAC|HAS_ADDRESS|OPENED_BY]-(b)
  WHERE u.ingest_seq <= $seen
  RETURN count(DISTINCT b) AS users
}
WITH i, rings WHERE users <= $max_accounts
UNWIND rings AS one
UNWIND rings AS two
WITH i, one, two WHERE one[0] < two[0]
RETURN one[0] AS ring_id, two[0] AS other_ring, i.kind AS kind, i.value AS value, one[1] AS accounts, two[1] AS other_accounts
ORDER BY ring_id, other_ring, kind, value LIMIT $limit
