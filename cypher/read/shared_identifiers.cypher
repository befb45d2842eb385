// Accounts that share an identifier with an account, and through which one.
// An identifier of more than max_accounts accounts is shown with their number and without them.
//
// parameters:
//   account: string -- account id
//   max_accounts: integer = 50 -- more accounts make an identifier a hub
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: kind, value, accounts: integer, hub: boolean, partner, same_holder: boolean, first_seen: time, last_seen: time
// use when: it is asked who else is behind an account
// cost: the identifiers of the account, then their uses

MATCH (a:Account {id: $account})-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->(i:Identifier)
WHERE u.ingest_seq <= $seen
WITH DISTINCT a, i
CALL (i) {
  MATCH (i)<-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]-(b)
  WHERE u.ingest_seq <= $seen
  RETURN count(DISTINCT b) AS accounts
}
WITH a, i, accounts, accounts > $max_accounts AS hub
WHERE accounts > 1
CALL (a, i, hub) {
  WITH * WHERE NOT hub
  MATCH (i)<-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]-(b:Account)
  WHERE b <> a AND u.ingest_seq <= $seen
  RETURN b.id AS partner, coalesce(b.holder_id = a.holder_id, false) AS same_holder,
         min(u.first_seen) AS first_seen, max(coalesce(u.last_seen, u.first_seen)) AS last_seen
  UNION ALL
  WITH * WHERE hub
  RETURN null AS partner, null AS same_holder, null AS first_seen, null AS last_seen
}
RETURN i.kind AS kind, i.value AS value, accounts, hub, partner, same_holder, first_seen, last_seen
ORDER BY kind, value, partner LIMIT $limit
