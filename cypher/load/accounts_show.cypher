// The newest row of each of these accounts, shown on the account itself.
//
// parameters:
//   ids: list<string> -- account ids
//   seen: integer -- last finished load
// returns: nothing
// use when: accounts were loaded
// cost: one index seek an account, then its rows

UNWIND $ids AS id
MATCH (a:Account {id: id})
USING INDEX SEEK a:Account(id)
CALL (a) {
  MATCH (a)<-[:DESCRIBES]-(n:AccountVersion)
  WHERE n.ingest_seq <= $seen
  RETURN n ORDER BY n.known_at DESC, n.id DESC LIMIT 1
}
SET a.holder_id = n.holder_id, a.holder_type = n.holder_type, a.pooled = n.pooled, a.merchant = n.merchant,
    a.bank = n.bank, a.branch = n.branch, a.open_time = n.open_time, a.tier = n.tier, a.channel = n.channel,
    a.agent_id = n.agent_id, a.status = n.status, a.cancel_time = n.cancel_time, a.exempt_class = n.exempt_class
