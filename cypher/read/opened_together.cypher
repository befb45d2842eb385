// Accounts opened on one day (in China) by the same agent or for the same address.
//
// parameters:
//   since: time -- opened from this time on
//   until: time -- opened before this time
//   min_accounts: integer = 3 -- how many accounts
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: day: time, kind, value, accounts: list<text>, count: integer, holders: integer, first: time, last: time
// use when: bought cards are sought at their opening (批量开户)
// cost: the accounts opened in the window, from the index on the opening time

MATCH (a:Account)
USING INDEX a:Account(open_time)
WHERE a.open_time >= $since AND a.open_time < $until
MATCH (a)-[u:OPENED_BY|HAS_ADDRESS]->(i)
WHERE u.ingest_seq <= $seen
WITH DISTINCT a, i, (a.open_time + 28800000000) / 86400000000 AS day
ORDER BY a.id
WITH day, i, collect(a.id) AS accounts, count(DISTINCT coalesce(a.holder_id, a.id)) AS holders,
     min(a.open_time) AS first, max(a.open_time) AS last
WHERE size(accounts) >= $min_accounts
RETURN day * 86400000000 - 28800000000 AS day, i.kind AS kind, i.value AS value, accounts, size(accounts) AS count, holders, first, last
ORDER BY day, count DESC, kind, value LIMIT $limit
