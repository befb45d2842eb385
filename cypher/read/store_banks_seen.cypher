// Which of these banks have an account with an identifier or cash of its own.
//
// parameters:
//   banks: list<string> -- names of banks
//   as_of: time -- rows known then
//   end: time -- cash before this time
// returns: bank
// use when: statements do not show whose accounts a bank's are
// cost: the accounts of each bank up to the first that was seen

MATCH (s:Store {name: 'graphfraud'})
UNWIND $banks AS bank
WITH s, bank WHERE EXISTS {
  MATCH (v:AccountVersion {bank: bank})-[:DESCRIBES]->(a)
  WHERE v.known_at <= $as_of AND v.ingest_seq <= s.seq
    AND NOT EXISTS {
      (a)<-[:DESCRIBES]-(w:AccountVersion)
      WHERE w.known_at <= $as_of AND w.ingest_seq <= s.seq
        AND (w.known_at > v.known_at OR w.known_at = v.known_at AND w.id > v.id)
    }
    AND (EXISTS {
      (a)-[u:USES_DEVICE|HAS_PHONE|USES_IP|USES_MAC|HAS_ADDRESS|OPENED_BY]->()
      WHERE u.known_at <= $as_of AND u.ingest_seq <= s.seq
    } OR EXISTS {
      (a)-[:MOVED_CASH]->(c:Cash) WHERE c.at < $end AND c.known_at <= $as_of AND c.ingest_seq <= s.seq
    })
}
RETURN bank
