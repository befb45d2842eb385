// The run that is live.
//
// returns: id, number
// use when: counts are asked for
// cost: two nodes

MATCH (:Live {name: 'live'})-[:SHOWS]->(r)
RETURN r.id AS id, r.number AS number
