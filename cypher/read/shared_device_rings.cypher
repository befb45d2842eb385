// Devices that several holders use, with the payments among their accounts.
// An account whose holder is not known is a holder of its own; devices of more than max_accounts accounts are hubs and left out.
// Failed payments and reversals are left out.
//
// parameters:
//   min_holders: integer = 3 -- smallest number of different holders
//   max_accounts: integer = 50 -- more accounts make a device a hub
//   limit: integer = 200 -- greatest number of rows (given by graphfraud)
//   seen: integer -- last finished load (given by graphfraud)
// returns: device, holders: integer, accounts: list<text>, referred: integer, payments: integer, amount: amount
// use when: mule accounts run from one phone are sought
// cost: every device and its uses, from the index on identifiers; then the payments among the accounts of those kept

MATCH (i:Identifier)
USING INDEX i:Identifier(kind, value)
WHERE i.kind = 'device' AND i.value >= ''
MATCH (i)<-[u:USES_DEVICE]-(a:Account)
WHERE u.ingest_seq <= $seen
WITH DISTINCT i, a ORDER BY a.id
WITH i, collect(a) AS users, collect(a.id) AS accounts, count(DISTINCT coalesce(a.holder_id, a.id)) AS holders
WHERE holders >= $min_holders AND size(accounts) <= $max_accounts
CALL (users) {
  UNWIND users AS a
  MATCH (a)-[t:TRANSFER]->(b)
  WHERE b IN users AND a <> b AND t.ingest_seq <= $seen
    AND coalesce(t.success, true) AND coalesce(t.reversal_of, '') = '' AND coalesce(t.type, '') <> 'reversal'
  RETURN count(t) AS payments, sum(t.amount) AS amount
}
CALL (users) {
  UNWIND users AS a
  MATCH (a)-[s:ASSESSED_IN]->(run)<-[:SHOWS]-(:Live {name: 'live'})
  WHERE s.referred
  RETURN count(a) AS referred
}
RETURN i.value AS device, holders, accounts, referred, payments, amount
ORDER BY holders DESC, device LIMIT $limit
