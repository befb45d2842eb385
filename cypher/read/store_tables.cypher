// Rows and latest known_at of every table, and the optional columns that sources had.
//
// returns: seq, run, tables: [name, rows, max_known_at], columns: [table, name, since]
// use when: counts are asked for
// cost: a few nodes
// plan: allows NodeByLabelScan because there is one node a table and one a column

MATCH (s:Store {name: 'graphfraud'})
RETURN s.seq AS seq,
       COLLECT { MATCH (:Live {name: 'live'})-[:SHOWS]->(r) RETURN r.id }[0] AS run,
       COLLECT { MATCH (t:Table) RETURN [t.name, t.rows, t.max_known_at] } AS tables,
       COLLECT { MATCH (c:SourceColumn) RETURN [c.table, c.name, c.since] } AS columns
