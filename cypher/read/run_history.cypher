// The runs that are in the graph, the newest first, with what they found.
//
// parameters:
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: run, as_of: time, live: boolean, rings: integer, leads: integer, alerts: integer, assessed: integer, findings_hash
// use when: it is asked since when something is known
// cost: the runs that are kept, from the index on their number; then their rings and alerts

MATCH (r:Run)
USING INDEX r:Run(number)
WHERE r.number > 0 AND r.state = 'whole'
RETURN r.id AS run, r.as_of AS as_of, EXISTS { (r)<-[:SHOWS]-(:Live) } AS live,
       COUNT { (r)<-[:FOUND_IN]-(:Ring {kind: 'ring'}) } AS rings, COUNT { (r)<-[:FOUND_IN]-(:Ring {kind: 'lead'}) } AS leads,
       COUNT { (r)<-[:RAISED_IN]-(:Alert {status: 'open'}) } AS alerts, COUNT { (r)<-[:ASSESSED_IN]-() } AS assessed,
       r.findings_hash AS findings_hash
ORDER BY r.number DESC LIMIT $limit
