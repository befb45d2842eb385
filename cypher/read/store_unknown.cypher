// Which of these accounts are not in the graph.
//
// parameters:
//   accounts: list<string> -- account ids
// returns: unknown: ids, sorted
// use when: a query found nothing
// cost: one index seek an account

UNWIND $accounts AS id
WITH DISTINCT id ORDER BY id
OPTIONAL MATCH (a:Account {id: id})
WITH id, a WHERE a IS NULL
RETURN collect(id) AS unknown
