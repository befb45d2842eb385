// Rows and latest known_at of a table.
//
// parameters:
//   table: string -- name of the table
//   rows: integer -- rows inserted
//   known_at: integer -- the latest among them, or null
// returns: nothing
// use when: a load finishes
// cost: one node
// plan: allows Eager because nodes are found before they are changed; there is a handful

MERGE (t:Table {name: $table})
ON CREATE SET t.rows = 0
SET t.rows = t.rows + $rows,
    t.max_known_at = CASE WHEN t.max_known_at IS NULL OR $known_at > t.max_known_at THEN $known_at ELSE t.max_known_at END
