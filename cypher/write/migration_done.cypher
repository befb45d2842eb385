// A migration that was applied.
//
// parameters:
//   version: integer -- its number
//   name: string -- its file
//   checksum: string -- of its statements
//   at: time -- when
// returns: nothing
// use when: a migration was applied
// cost: one node

MERGE (m:Migration {version: $version})
SET m.name = $name, m.checksum = $checksum, m.applied_at = $at
