// The transactions that graphfraud processes keep open to show that they live.
//
// returns: tokens
// use when: a process opens the store
// cost: what runs on the server now

SHOW TRANSACTIONS YIELD metaData
RETURN collect(metaData['graphfraud']) AS tokens
