// Indexes that only the investigator queries use.
//
// returns: nothing
// use when: a database is prepared (`graphfraud init --store neo4j`); each statement can be repeated
// cost: the time to build each index

CREATE INDEX account_open_time IF NOT EXISTS FOR (a:Account) ON (a.open_time);
