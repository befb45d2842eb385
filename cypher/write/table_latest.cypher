// The latest known_at of a table, set anew.
//
// parameters:
//   table: string -- name of the table
//   known_at: integer -- the latest, or null
// returns: nothing
// use when: the row with the latest known_at is now known earlier
// cost: one node

MATCH (t:Table {name: $table})
SET t.max_known_at = $known_at
