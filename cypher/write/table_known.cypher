// The latest known_at of a table as it is noted.
//
// parameters:
//   table: string -- name of the table
// returns: known_at
// use when: a load finishes
// cost: one node

MATCH (t:Table {name: $table})
RETURN t.max_known_at AS known_at
