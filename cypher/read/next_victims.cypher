// Who may pay a ring of the live run next, in the order in which they are to be called: payers of rings at work in the last 72 hours.
//
// parameters:
//   unreported: boolean = false -- only those whom nobody has reported yet
//   lang: string = en -- language of the reason, en or zh
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: rank: integer, account, kind, payee, at: time, amount: amount, payments: integer, points: integer, ring_id, reported: boolean, fact, reason
// use when: people are called before they pay again (监测劝阻)
// cost: the next victims of one run, from the index on the run

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (a:Account)-[v:MAY_PAY]->(b:Account)
USING INDEX v:MAY_PAY(run)
WHERE v.run = run.number AND NOT ($unreported AND coalesce(v.reported, false))
RETURN v.rank AS rank, a.id AS account, v.kind AS kind, b.id AS payee, v.at AS at, v.amount AS amount, v.payments AS payments,
       v.points AS points, v.ring_id AS ring_id, v.reported AS reported, v.txn_id AS fact,
       CASE $lang WHEN 'zh' THEN v.reason_zh ELSE v.reason_en END AS reason
ORDER BY rank, account LIMIT $limit
