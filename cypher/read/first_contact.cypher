// A first contact followed by a large payment: pairs whose first payment ever is small, and large soon after.
// The first payment must lie in the window.
// Failed payments and reversals are left out.
//
// parameters:
//   since: time -- payments from this time on
//   until: time -- payments before this time
//   probe: amount = 10 -- the first payment is at most this
//   large: amount = 10000 -- a later payment is at least this
//   hours: integer = 24 -- within this time after the first (1 to 8,760)
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: payer, payee, first: time, probe: amount, at: time, amount: amount, fact
// use when: accounts that are tried out before use are sought (小额试探)
// cost: the payments of the window, from the index on the time; then the earlier and later ones of each probing pair

MATCH (a)-[t:TRANSFER]->(b)
USING INDEX t:TRANSFER(at)
WHERE a <> b AND t.amount <= $probe AND t.ingest_seq <= $seen AND t.at >= $since AND t.at < $until
  AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
WITH a, b, t ORDER BY t.at, t.id
WITH a, b, collect(t)[0] AS t
WHERE NOT EXISTS {
  MATCH (a)-[e:TRANSFER]->(b)
  WHERE (e.at < t.at OR e.at = t.at AND e.id < t.id) AND e.ingest_seq <= $seen
    AND coalesce(e.success, true) AND coalesce(e.reversal_of, '') = '' AND coalesce(e.type, '') <> 'reversal'
}
MATCH (a)-[u:TRANSFER]->(b)
WHERE u.at > t.at AND u.at <= t.at + $hours * 3600000000 AND u.amount >= $large AND u.ingest_seq <= $seen
  AND coalesce(u.success, true) AND coalesce(u.reversal_of, '') = '' AND coalesce(u.type, '') <> 'reversal'
RETURN a.id AS payer, b.id AS payee, t.at AS first, t.amount AS probe, u.at AS at, u.amount AS amount, u.id AS fact
ORDER BY at, fact LIMIT $limit
