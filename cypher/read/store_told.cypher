// These transfers whole: by the internal numbers that statements give them.
//
// parameters:
//   rows: list<integer> -- internal numbers of transfers
// returns: told: [number, at, number of the payer, number of the payee, amount, payer, payee, txn_id, channel, type, success, reversal_of, perspective, id] of each
// use when: the hops of a trace are known, and their serials and channels are wanted
// cost: one seek a transfer

MATCH (payer)-[t:TRANSFER]->(payee) WHERE id(t) IN $rows
RETURN collect([id(t), t.at, id(payer), id(payee), t.amount, payer.id, payee.id, t.txn_id, t.channel, t.type, t.success,
                t.reversal_of, t.perspective, t.id]) AS told
