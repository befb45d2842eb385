// Reversals that name one of these payments.
//
// parameters:
//   serials: list<string> -- txn_id of the payments, the row's id where there is none
//   as_of: time -- rows known then
//   end: time -- reversals before this time
// returns: id, reversal_of, payer, payee
// use when: statements were read of a store that has reversals
// cost: one index seek a payment

MATCH (s:Store {name: 'graphfraud'})
MATCH (payer)-[t:TRANSFER]->(payee)
USING INDEX SEEK t:TRANSFER(reversal_of)
WHERE t.reversal_of IN $serials AND t.at < $end AND t.known_at <= $as_of AND t.ingest_seq <= s.seq
RETURN t.id AS id, t.reversal_of AS reversal_of, payer.id AS payer, payee.id AS payee
ORDER BY id
