// Members of the rings of a run.
//
// parameters:
//   rows: rows -- [account, key of the ring, map of properties] of each row
// returns: nothing
// use when: the rings of the run are written
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (a:Account {id: row[0]}), (ring:Ring {key: row[1]})
USING INDEX SEEK a:Account(id)
USING INDEX SEEK ring:Ring(key)
CREATE (a)-[m:MEMBER_OF]->(ring)
SET m = row[2]
