// The open alerts of the live run, the most urgent first, with their reasons.
//
// parameters:
//   max_level: integer = 3 -- levels up to this one (1 to 3)
//   lang: string = en -- language of the reason, en or zh
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: level: integer, alert_id, account, score: share, opened: time, due: time, layer: integer, ring_id, reasons: list<text>
// use when: the queue is worked through
// cost: the alerts of one run

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (run)<-[:RAISED_IN]-(x:Alert {status: 'open'})-[:CONCERNS]->(a:Account)
WHERE x.level <= $max_level
OPTIONAL MATCH (a)-[s:ASSESSED_IN]->(run)
WITH x, a, s, CASE $lang WHEN 'zh' THEN x.reasons_zh ELSE x.reasons_en END AS reasons
RETURN x.level AS level, x.alert_id AS alert_id, a.id AS account, x.score_e6 AS score, x.opened_at AS opened, x.due_at AS due,
       s.layer AS layer, s.ring_id AS ring_id, CASE WHEN size(reasons) > 0 THEN reasons ELSE [CASE $lang WHEN 'zh' THEN x.reason_zh ELSE x.reason_en END] END AS reasons
ORDER BY level, due, score DESC, alert_id LIMIT $limit
