// Marks the database as the benchmark's: with the digest of its tables once they are whole, without while they are not.
//
// parameters:
//   digest: string -- of the tables; null while they are being loaded
//   degree: integer -- most links of an account
// returns: nothing
// use when: before and after the benchmark is loaded
// cost: one node

MERGE (m:FinBench {name: 'finbench'})
SET m.digest = $digest, m.degree = $degree
