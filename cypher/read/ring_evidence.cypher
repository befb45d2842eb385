// Why a ring of the live run is a ring: what its members share and how money runs among them.
//
// parameters:
//   ring: string -- ring id
//   lang: string = en -- language of the reason, en or zh
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: kind, rank: integer, account_a, account_b, identifier_kind, identifier_value, holders: integer, payments: integer, amount: amount, weight: share, reason
// use when: a ring is presented
// cost: the evidence of the ring over all runs that are kept

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (r:Ring {ring_id: $ring})-[:FOUND_IN]->(run)
MATCH (r)-[:SHOWN_BY]->(e:Evidence)
RETURN e.kind AS kind, e.rank AS rank, e.account_a AS account_a, e.account_b AS account_b, e.identifier_kind AS identifier_kind,
       e.identifier_value AS identifier_value, e.holders AS holders, e.payments AS payments, e.amount AS amount,
       e.weight_e6 AS weight, CASE $lang WHEN 'zh' THEN e.reason_zh ELSE e.reason_en END AS reason
ORDER BY kind, rank LIMIT $limit
