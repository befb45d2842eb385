// Transfers of unfinished loads, removed by id.
//
// parameters:
//   ids: list<string> -- ids of rows of unfinished loads
// returns: nothing
// use when: a row of an unfinished load is there with another content
// cost: one index seek a row
// plan: allows Eager because rows are found before they are removed; the batch is bounded

UNWIND $ids AS id
MATCH ()-[t:TRANSFER {id: id}]->()
USING INDEX SEEK t:TRANSFER(id)
DELETE t
