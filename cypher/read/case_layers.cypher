// The layer sheet of a case: the accounts its money reached in the live run, layer by layer.
// Assumed is a first layer that no victim's payment is known for.
//
// parameters:
//   case_no: string -- number of the case
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: layer: integer, account, at: time, via_txn, referral_id, assumed: boolean, score: share, level: integer, ring_id
// use when: a case is reported, or holds are prepared
// cost: the accounts of the case over all runs that are kept

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (c:Case {no: $case_no})<-[l:AT_LAYER]-(a:Account)
WHERE l.run = run.number
OPTIONAL MATCH (a)-[s:ASSESSED_IN]->(run)
RETURN l.layer AS layer, a.id AS account, l.at AS at, l.via_txn AS via_txn, l.referral_id AS referral_id, l.assumed AS assumed,
       s.score_e6 AS score, s.level AS level, s.ring_id AS ring_id
ORDER BY layer, at, account LIMIT $limit
