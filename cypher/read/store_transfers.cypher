// Transfers known at a time, of a range of event time, written by the loads of a range.
//
// parameters:
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
//   start: integer -- rows whose event time is not before this
//   end: integer -- rows whose event time is before this
// returns: row: payer, payee, the properties, ingest_seq
// use when: a snapshot is refreshed
// cost: one range of the index on ingest_seq; about 40,000 rows a second

MATCH (payer)-[t:TRANSFER]->(payee)
USING INDEX t:TRANSFER(ingest_seq)
WHERE t.ingest_seq > $since AND t.ingest_seq <= $seen AND t.known_at <= $as_of AND t.at >= $start AND t.at < $end
RETURN [payer.id, payee.id, t.at, t.amount, t.txn_id, t.currency, t.channel, t.type, t.remark, t.payer_balance_after, t.payee_balance_after, t.terminal, t.ip, t.mac, t.merchant, t.success, t.reversal_of, t.known_at, t.id, t.content_hash, t.perspective, t.date_only, t.source_file, t.source_row, t.ingest_seq] AS row
