// Names of the constraints and indexes that are there and online.
//
// returns: names
// use when: the store is opened
// cost: the schema

SHOW INDEXES YIELD name, state WHERE state = 'ONLINE'
RETURN collect(name) AS names
