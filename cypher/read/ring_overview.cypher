// The rings and leads of the live run: rings with the most referred members first, then leads by rank.
//
// parameters:
//   lang: string = en -- language of the reason, en or zh
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
// returns: ring_id, kind, members: integer, referred: integer, referred_share: share, inside: amount, first: time, last: time, reason
// use when: the day begins
// cost: the rings of one run

MATCH (:Live {name: 'live'})-[:SHOWS]->(run:Run)
MATCH (run)<-[:FOUND_IN]-(r:Ring)
RETURN r.ring_id AS ring_id, r.kind AS kind, r.members AS members, r.referred_members AS referred, r.referred_share_e6 AS referred_share,
       r.inside_amount AS inside, r.first_time AS first, r.last_time AS last, CASE $lang WHEN 'zh' THEN r.reason_zh ELSE r.reason_en END AS reason
ORDER BY kind DESC, referred DESC, coalesce(r.lead_rank, 0), inside DESC, ring_id LIMIT $limit
