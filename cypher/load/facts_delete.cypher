// Nodes of facts of unfinished loads, removed by id.
//
// parameters:
//   table: string -- name of the table
//   ids: list<string> -- ids of rows of unfinished loads
// returns: nothing
// use when: a row of an unfinished load comes again
// cost: one index seek a row
// plan: allows Eager because rows are found before they are removed; the batch is bounded

UNWIND $ids AS id
MATCH (f:Fact {table: $table, id: id})
USING INDEX SEEK f:Fact(table, id)
DETACH DELETE f
