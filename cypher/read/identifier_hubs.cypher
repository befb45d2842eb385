// Identifiers with so many holders that the live run did not follow them.
//
// parameters:
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: kind, value, holders: integer, accounts: integer
// use when: it is asked why two accounts are not linked
// cost: the hubs of one run

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (run)<-[h:HUB_IN]-(i:Identifier)
RETURN i.kind AS kind, i.value AS value, h.holders AS holders, h.accounts AS accounts
ORDER BY holders DESC, kind, value LIMIT $limit
