// Indexes that statements of accounts use: other numbers, banks, and which payment a reversal names.
//
// returns: nothing
// use when: a database is prepared (`graphfraud init --store neo4j`); each statement can be repeated
// cost: the time to build each index

CREATE INDEX version_card IF NOT EXISTS FOR (v:AccountVersion) ON (v.card_no);
CREATE INDEX version_bank IF NOT EXISTS FOR (v:AccountVersion) ON (v.bank);
CREATE INDEX transfer_reversal IF NOT EXISTS FOR ()-[t:TRANSFER]-() ON (t.reversal_of);
