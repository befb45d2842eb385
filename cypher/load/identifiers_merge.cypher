// Identifier nodes for these values of one kind.
//
// parameters:
//   kind: string -- device, phone, ip, mac, address or agent
//   label: string -- Device, Phone, Ip, Mac, Address or Agent
//   values: list<string> -- values, sorted
// returns: nothing
// use when: before uses of identifiers are written
// cost: one index seek a value

UNWIND $values AS value
MERGE (i:Identifier {kind: $kind, value: value})
ON CREATE SET i:$($label)
