// Optional columns that a source had, and from when on.
//
// parameters:
//   table: string -- name of the table
//   names: list<string> -- columns
//   since: integer -- earliest known_at of a row of that source
// returns: nothing
// use when: a load finishes
// cost: one node a column
// plan: allows Eager because nodes are found before they are changed; there is a handful

UNWIND $names AS name
MERGE (c:SourceColumn {table: $table, name: name})
ON CREATE SET c.since = $since
SET c.since = CASE WHEN $since < c.since THEN $since ELSE c.since END
