// These transfers whole: by their serials.
//
// parameters:
//   serials: list<string> -- txn_id of the transfers, the row's id where there is none
//   as_of: time -- rows known then
//   end: time -- transfers before this time
// returns: told: [number, at, number of the payer, number of the payee, amount, payer, payee, txn_id, channel, type, success, reversal_of, perspective, id] of each
// use when: a trace starts with a payment that somebody names
// cost: one index seek a transfer

MATCH (s:Store {name: 'graphfraud'})
MATCH (payer)-[t:TRANSFER]->(payee)
WHERE t.id IN $serials AND t.at < $end AND t.known_at <= $as_of AND t.ingest_seq <= s.seq
RETURN collect([id(t), t.at, id(payer), id(payee), t.amount, payer.id, payee.id, t.txn_id, t.channel, t.type, t.success,
                t.reversal_of, t.perspective, t.id]) AS told
