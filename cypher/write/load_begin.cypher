// A load that has begun.
//
// parameters:
//   mine: integer -- number of this load
//   table: string -- name of the table
// returns: nothing
// use when: before the first row of a load is written
// cost: one node

CREATE (:Load {seq: $mine, table: $table, state: 'writing'})
