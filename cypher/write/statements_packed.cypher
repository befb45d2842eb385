// Packed statements of accounts.
//
// parameters:
//   rows: rows -- number of the account, packed statement, how many transfers, cash and account rows it holds, the latest known_at of these, the finished load as of which it was made, the greatest number of a transfer, whether it has an identifier
//   token: string -- who writes
// returns: packed: how many accounts; no row when another process has taken the store
// use when: statements are packed
// cost: one seek an account

MATCH (s:Store {name: 'graphfraud', token: $token})
UNWIND $rows AS row
MATCH (a:Account) WHERE id(a) = row[0]
SET a.statement = row[1], a.statement_rows = row[2], a.statement_cash = row[3], a.statement_versions = row[4],
    a.statement_known = row[5], a.statement_seq = row[6], a.statement_last = row[7], a.statement_used = row[8],
    a.statement_number = row[0]
RETURN count(a) AS packed
