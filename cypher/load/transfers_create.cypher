// New transfers between accounts that are there.
//
// parameters:
//   rows: rows -- payer, payee and the properties in the order below
//   mine: integer -- number of this load
// returns: nothing
// use when: the rows of a batch that are not there yet are known
// cost: two index seeks and one relationship a row

UNWIND $rows AS row
MATCH (payer:Account {id: row[0]}), (payee:Account {id: row[1]})
USING INDEX SEEK payer:Account(id)
USING INDEX SEEK payee:Account(id)
CREATE (payer)-[:TRANSFER {
  ingest_seq: $mine,
  at: row[2],
  amount: row[3],
  txn_id: row[4],
  currency: row[5],
  channel: row[6],
  type: row[7],
  remark: row[8],
  payer_balance_after: row[9],
  payee_balance_after: row[10],
  terminal: row[11],
  ip: row[12],
  mac: row[13],
  merchant: row[14],
  success: row[15],
  reversal_of: row[16],
  known_at: row[17],
  id: row[18],
  content_hash: row[19],
  perspective: row[20],
  date_only: row[21],
  source_file: row[22],
  source_row: row[23]
}]->(payee)
