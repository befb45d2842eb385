// The switch: a run becomes live; an older one of the same name does not count any more.
//
// parameters:
//   number: integer -- number of the run
//   id: string -- run
//   token: string -- who writes
// returns: id; no row when another process has taken the store
// use when: all findings of a run are written
// cost: a few nodes
// plan: allows Eager because what is shown is read before it is replaced; there are few runs

MATCH (s:Store {name: 'graphfraud', token: $token})
MATCH (run:Run {number: $number})
MERGE (live:Live {name: 'live'})
WITH run, live
OPTIONAL MATCH (live)-[shown:SHOWS]->()
DELETE shown
WITH DISTINCT run, live
CREATE (live)-[:SHOWS]->(run)
SET run.state = 'whole'
WITH run
OPTIONAL MATCH (old:Run {id: $id}) WHERE old.number <> $number
SET old.state = 'stale'
RETURN DISTINCT run.id AS id
