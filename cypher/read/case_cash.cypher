// Where the accounts of a case took out cash: places and machines, most money first.
// The accounts are those the live run has at a layer of the case.
//
// parameters:
//   case_no: string -- number of the case
//   since: time = 1970-01-01 -- payments from this time on
//   until: time = 2100-01-01 -- payments before this time
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: place, terminal, withdrawals: integer, amount: amount, accounts: list<text>, first: time, last: time
// use when: runners are sought (背包客, 车手) and footage is asked for
// cost: the accounts of the case, then their cash

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (c:Case {no: $case_no})<-[l:AT_LAYER]-(a:Account)
WHERE l.run = run.number
MATCH (a)-[:MOVED_CASH]->(k:Cash)
WHERE k.amount > 0 AND k.ingest_seq <= $seen AND k.at >= $since AND k.at < $until
WITH k, a ORDER BY a.id
WITH k.place AS place, k.terminal AS terminal, count(*) AS withdrawals, sum(k.amount) AS amount,
     collect(DISTINCT a.id) AS accounts, min(k.at) AS first, max(k.at) AS last
RETURN place, terminal, withdrawals, amount, accounts, first, last
ORDER BY amount DESC, place, terminal LIMIT $limit
