// Constraints and indexes of the graph: facts, identifiers, the bookkeeping of loads, findings.
//
// returns: nothing
// use when: a database is prepared (`graphfraud init --store neo4j`); each statement can be repeated
// cost: seconds on an empty database; on a full one the time to build each index

CREATE CONSTRAINT account_id IF NOT EXISTS FOR (a:Account) REQUIRE a.id IS UNIQUE;
CREATE INDEX account_holder IF NOT EXISTS FOR (a:Account) ON (a.holder_id);

CREATE CONSTRAINT transfer_id IF NOT EXISTS FOR ()-[t:TRANSFER]-() REQUIRE t.id IS UNIQUE;
CREATE INDEX transfer_at IF NOT EXISTS FOR ()-[t:TRANSFER]-() ON (t.at);
CREATE INDEX transfer_seq IF NOT EXISTS FOR ()-[t:TRANSFER]-() ON (t.ingest_seq);

CREATE CONSTRAINT identifier_value IF NOT EXISTS FOR (i:Identifier) REQUIRE (i.kind, i.value) IS UNIQUE;
CREATE CONSTRAINT device_value IF NOT EXISTS FOR (i:Device) REQUIRE i.value IS UNIQUE;
CREATE CONSTRAINT phone_value IF NOT EXISTS FOR (i:Phone) REQUIRE i.value IS UNIQUE;
CREATE CONSTRAINT ip_value IF NOT EXISTS FOR (i:Ip) REQUIRE i.value IS UNIQUE;
CREATE CONSTRAINT mac_value IF NOT EXISTS FOR (i:Mac) REQUIRE i.value IS UNIQUE;
CREATE CONSTRAINT address_value IF NOT EXISTS FOR (i:Address) REQUIRE i.value IS UNIQUE;
CREATE CONSTRAINT agent_value IF NOT EXISTS FOR (i:Agent) REQUIRE i.value IS UNIQUE;
CREATE CONSTRAINT uses_device_id IF NOT EXISTS FOR ()-[u:USES_DEVICE]-() REQUIRE u.id IS UNIQUE;
CREATE CONSTRAINT has_phone_id IF NOT EXISTS FOR ()-[u:HAS_PHONE]-() REQUIRE u.id IS UNIQUE;
CREATE CONSTRAINT uses_ip_id IF NOT EXISTS FOR ()-[u:USES_IP]-() REQUIRE u.id IS UNIQUE;
CREATE CONSTRAINT uses_mac_id IF NOT EXISTS FOR ()-[u:USES_MAC]-() REQUIRE u.id IS UNIQUE;
CREATE CONSTRAINT has_address_id IF NOT EXISTS FOR ()-[u:HAS_ADDRESS]-() REQUIRE u.id IS UNIQUE;
CREATE CONSTRAINT opened_by_id IF NOT EXISTS FOR ()-[u:OPENED_BY]-() REQUIRE u.id IS UNIQUE;
CREATE INDEX uses_device_seq IF NOT EXISTS FOR ()-[u:USES_DEVICE]-() ON (u.ingest_seq);
CREATE INDEX has_phone_seq IF NOT EXISTS FOR ()-[u:HAS_PHONE]-() ON (u.ingest_seq);
CREATE INDEX uses_ip_seq IF NOT EXISTS FOR ()-[u:USES_IP]-() ON (u.ingest_seq);
CREATE INDEX uses_mac_seq IF NOT EXISTS FOR ()-[u:USES_MAC]-() ON (u.ingest_seq);
CREATE INDEX has_address_seq IF NOT EXISTS FOR ()-[u:HAS_ADDRESS]-() ON (u.ingest_seq);
CREATE INDEX opened_by_seq IF NOT EXISTS FOR ()-[u:OPENED_BY]-() ON (u.ingest_seq);

CREATE CONSTRAINT fact_id IF NOT EXISTS FOR (f:Fact) REQUIRE (f.table, f.id) IS UNIQUE;
CREATE INDEX fact_seq IF NOT EXISTS FOR (f:Fact) ON (f.table, f.ingest_seq);
CREATE INDEX cash_at IF NOT EXISTS FOR (c:Cash) ON (c.at);
CREATE INDEX referral_id IF NOT EXISTS FOR (r:Referral) ON (r.referral_id);
CREATE INDEX withdrawal_referral IF NOT EXISTS FOR (w:Withdrawal) ON (w.referral_id);
CREATE CONSTRAINT case_no IF NOT EXISTS FOR (c:Case) REQUIRE c.no IS UNIQUE;

CREATE CONSTRAINT store_name IF NOT EXISTS FOR (s:Store) REQUIRE s.name IS UNIQUE;
CREATE CONSTRAINT load_seq IF NOT EXISTS FOR (l:Load) REQUIRE l.seq IS UNIQUE;
CREATE CONSTRAINT table_name IF NOT EXISTS FOR (t:Table) REQUIRE t.name IS UNIQUE;
CREATE CONSTRAINT source_column IF NOT EXISTS FOR (c:SourceColumn) REQUIRE (c.table, c.name) IS UNIQUE;
CREATE CONSTRAINT migration_version IF NOT EXISTS FOR (m:Migration) REQUIRE m.version IS UNIQUE;

CREATE CONSTRAINT live_name IF NOT EXISTS FOR (l:Live) REQUIRE l.name IS UNIQUE;
CREATE CONSTRAINT run_number IF NOT EXISTS FOR (r:Run) REQUIRE r.number IS UNIQUE;
CREATE INDEX run_id IF NOT EXISTS FOR (r:Run) ON (r.id);
CREATE CONSTRAINT ring_key IF NOT EXISTS FOR (r:Ring) REQUIRE r.key IS UNIQUE;
CREATE INDEX ring_id IF NOT EXISTS FOR (r:Ring) ON (r.ring_id);
CREATE CONSTRAINT alert_key IF NOT EXISTS FOR (a:Alert) REQUIRE a.key IS UNIQUE;
CREATE INDEX alert_id IF NOT EXISTS FOR (a:Alert) ON (a.alert_id);
CREATE INDEX at_layer_run IF NOT EXISTS FOR ()-[l:AT_LAYER]-() ON (l.run);
CREATE INDEX possible_victim_run IF NOT EXISTS FOR ()-[v:POSSIBLE_VICTIM]-() ON (v.run);
