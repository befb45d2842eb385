// Uses of identifiers that are known from an earlier time on.
//
// parameters:
//   rows: rows -- [id, known_at] of each row
//   mine: integer -- number of this load
// returns: nothing
// use when: a load finishes
// cost: six index seeks a row

UNWIND $rows AS row
CALL (row) {
  MATCH ()-[u:USES_DEVICE {id: row[0]}]->() USING INDEX SEEK u:USES_DEVICE(id) RETURN u
  UNION ALL
  MATCH ()-[u:HAS_PHONE {id: row[0]}]->() USING INDEX SEEK u:HAS_PHONE(id) RETURN u
  UNION ALL
  MATCH ()-[u:USES_IP {id: row[0]}]->() USING INDEX SEEK u:USES_IP(id) RETURN u
  UNION ALL
  MATCH ()-[u:USES_MAC {id: row[0]}]->() USING INDEX SEEK u:USES_MAC(id) RETURN u
  UNION ALL
  MATCH ()-[u:HAS_ADDRESS {id: row[0]}]->() USING INDEX SEEK u:HAS_ADDRESS(id) RETURN u
  UNION ALL
  MATCH ()-[u:OPENED_BY {id: row[0]}]->() USING INDEX SEEK u:OPENED_BY(id) RETURN u
}
SET u.known_at = row[1], u.ingest_seq = $mine
