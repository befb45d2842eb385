// The members of a ring of the live run, with role, score, level, layers and alert.
//
// parameters:
//   ring: string -- ring id
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: account, role, referred: boolean, score: share, level: integer, layer: integer, loose: boolean, alert, due: time
// use when: a ring is worked through
// cost: the members of the ring over all runs that are kept

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (r:Ring {ring_id: $ring})-[:FOUND_IN]->(run)
MATCH (a:Account)-[m:MEMBER_OF]->(r)
OPTIONAL MATCH (a)-[s:ASSESSED_IN]->(run)
OPTIONAL MATCH (run)<-[:RAISED_IN]-(x:Alert {status: 'open'})-[:CONCERNS]->(a)
RETURN a.id AS account, m.role AS role, m.referred AS referred, s.score_e6 AS score, s.level AS level, s.layer AS layer,
       m.loose AS loose, x.alert_id AS alert, x.due_at AS due
ORDER BY score DESC, account LIMIT $limit
