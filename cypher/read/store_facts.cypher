// Nodes of facts of a table known at a time, of a range of event time, written by the loads of a range.
//
// parameters:
//   table: string -- name of the table
//   clock: string -- property of the event time
//   columns: list<string> -- properties that are wanted
//   as_of: time -- rows known then
//   since: integer -- rows of later loads than this
//   seen: integer -- last finished load
//   start: integer -- rows whose event time is not before this
//   end: integer -- rows whose event time is before this
//   untimed: boolean -- rows without event time too
// returns: row: the properties in this order
// use when: a snapshot is refreshed
// cost: one range of the index on ingest_seq

MATCH (v:Fact)
WHERE v.table = $table AND v.ingest_seq > $since AND v.ingest_seq <= $seen AND v.known_at <= $as_of
  AND (v[$clock] >= $start AND v[$clock] < $end OR $untimed AND v[$clock] IS NULL)
RETURN [c IN $columns | v[c]] AS row
