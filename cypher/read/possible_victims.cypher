// Payers of referred accounts and rings of the live run: possible victims, in the order in which they are to be warned.
//
// parameters:
//   unreported: boolean = false -- only those whom nobody has reported yet
//   lang: string = en -- language of the reason, en or zh
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: rank: integer, account, payee, at: time, amount: amount, payments: integer, ring_id, reported: boolean, fact, reason, points: integer, grade
// use when: victims are warned (监测劝阻)
// cost: the possible victims of one run, from the index on the run

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (a:Account)-[v:POSSIBLE_VICTIM]->(b:Account)
USING INDEX v:POSSIBLE_VICTIM(run)
WHERE v.run = run.number AND NOT ($unreported AND coalesce(v.reported, false))
RETURN v.rank AS rank, a.id AS account, b.id AS payee, v.at AS at, v.amount AS amount, v.payments AS payments, v.ring_id AS ring_id,
       v.reported AS reported, v.txn_id AS fact, CASE $lang WHEN 'zh' THEN v.reason_zh ELSE v.reason_en END AS reason,
       v.points AS points, v.grade AS grade
ORDER BY rank, account, payee, fact LIMIT $limit
