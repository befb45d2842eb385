// Identifiers of these accounts and who else has them; those of too many accounts are counted only.
//
// parameters:
//   accounts: list<string> -- account ids, each once
//   max_degree: integer -- accounts of an identifier above which it is a hub
//   as_of: time -- rows known then
//   seen: integer -- last finished load
// returns: kind, value, accounts: how many have it, rows: account, kind, value, the properties, ingest_seq of every use; null for a hub
// use when: accounts that share an identifier are asked for
// cost: the identifiers of each account, then their uses

UNWIND $accounts AS id
MATCH (:Account {id: id})-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->(i:Identifier)
WHERE u.known_at <= $as_of AND u.ingest_seq <= $seen
WITH i, count(DISTINCT id) AS asked, min(id) AS one
CALL (i) {
  MATCH (b:Account)-[v:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->(i)
  WHERE v.known_at <= $as_of AND v.ingest_seq <= $seen
  RETURN count(DISTINCT b) AS accounts
}
WITH i, asked, one, accounts WHERE accounts > 1
RETURN i.kind AS kind, i.value AS value, accounts, CASE WHEN accounts <= $max_degree THEN COLLECT {
  MATCH (a:Account)-[v:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->(i)
  WHERE v.known_at <= $as_of AND v.ingest_seq <= $seen AND (asked > 1 OR a.id <> one)
  RETURN [a.id, i.kind, i.value, v.first_seen, v.last_seen, v.count, v.is_use, v.known_at, v.id, v.content_hash, v.perspective, v.date_only, v.source_file, v.source_row, v.ingest_seq]
} END AS rows
