// An index of who may pay next, by run.
//
// returns: nothing
// use when: a database is prepared (`graphfraud init --store neo4j`); each statement can be repeated
// cost: the time to build the index

CREATE INDEX may_pay_run IF NOT EXISTS FOR ()-[v:MAY_PAY]-() ON (v.run);
