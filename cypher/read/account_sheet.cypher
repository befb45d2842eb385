// One account at a glance: what the bank has on it, its money, and what the live run says.
// Failed payments and reversals are left out of the sums.
//
// parameters:
//   account: string -- account id
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: account, opened: time, bank, branch, status, pooled: boolean, received: amount, paid: amount, cash_out: amount, first: time, last: time, identifiers: integer, referrals: integer, score: share, level: integer, layer: integer, ring_id
// use when: somebody asks who this is
// cost: the payments of the account

MATCH (a:Account {id: $account})
CALL (a) {
  OPTIONAL MATCH (a)-[t:TRANSFER]-()
  WHERE t.ingest_seq <= $seen
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN sum(CASE WHEN endNode(t) = a THEN t.amount ELSE 0 END) AS received,
         sum(CASE WHEN startNode(t) = a THEN t.amount ELSE 0 END) AS paid, min(t.at) AS first, max(t.at) AS last
}
CALL (a) {
  OPTIONAL MATCH (a)-[:MOVED_CASH]->(c:Cash)
  WHERE c.ingest_seq <= $seen AND c.amount > 0
  RETURN sum(c.amount) AS cash_out
}
OPTIONAL MATCH (a)-[s:ASSESSED_IN]->(run)<-[:SHOWS]-(:Live {name: 'live'})
RETURN a.id AS account, a.open_time AS opened, a.bank AS bank, a.branch AS branch, a.status AS status, (coalesce(a.pooled, false) OR coalesce(a.merchant, false)) AS pooled,
       received, paid, cash_out, first, last,
       COUNT { MATCH (a)-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->(i) WHERE u.ingest_seq <= $seen RETURN DISTINCT i } AS identifiers,
       COUNT {
         MATCH (a)<-[:REFERS]-(r)
         WHERE r.ingest_seq <= $seen AND r.withdrawn_at IS NULL AND toLower(coalesce(r.status, '')) <> 'withdrawn'
           AND NOT EXISTS { MATCH (w:Withdrawal)-[:WITHDRAWS]->(r) WHERE w.ingest_seq <= $seen }
       } AS referrals,
       s.score_e6 AS score, s.level AS level, s.layer AS layer, s.ring_id AS ring_id
LIMIT $limit
