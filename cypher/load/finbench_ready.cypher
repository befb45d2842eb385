// Samples the indexes, so that the reads are planned for what is there now.
//
// parameters:
//   seconds: integer -- longest wait
// returns: nothing
// use when: the benchmark was loaded
// cost: a sample of each index

CALL db.prepareForReplanning($seconds)
