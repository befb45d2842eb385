// Uses of identifiers of unfinished loads, removed by id.
//
// parameters:
//   ids: list<string> -- ids of rows of unfinished loads
// returns: nothing
// use when: a row of an unfinished load comes again
// cost: six index seeks a row
// plan: allows Eager because rows are found before they are removed; the batch is bounded

UNWIND $ids AS id
CALL (id) {
  MATCH ()-[u:USES_DEVICE {id: id}]->() USING INDEX SEEK u:USES_DEVICE(id) RETURN u
  UNION ALL
  MATCH ()-[u:HAS_PHONE {id: id}]->() USING INDEX SEEK u:HAS_PHONE(id) RETURN u
  UNION ALL
  MATCH ()-[u:USES_IP {id: id}]->() USING INDEX SEEK u:USES_IP(id) RETURN u
  UNION ALL
  MATCH ()-[u:USES_MAC {id: id}]->() USING INDEX SEEK u:USES_MAC(id) RETURN u
  UNION ALL
  MATCH ()-[u:HAS_ADDRESS {id: id}]->() USING INDEX SEEK u:HAS_ADDRESS(id) RETURN u
  UNION ALL
  MATCH ()-[u:OPENED_BY {id: id}]->() USING INDEX SEEK u:OPENED_BY(id) RETURN u
}
DELETE u
