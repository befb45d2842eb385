// FinBench TCR6: accounts that collect transfers and withdraw into a card.
// They received more than 3 transfers above threshold1 and withdrew amounts above threshold2 into the card.
//
// parameters:
//   id: integer -- the card's account
//   threshold1: amount -- transfers in above this
//   threshold2: amount -- withdrawals above this
//   after: integer -- payments and sign-ins after this time, UTC µs
//   before: integer -- … and before this time
// returns: midId, sumEdge1Amount, sumEdge2Amount: minor units
// use when: it is asked who cashes out through a card
// cost: the withdrawals into the card, then the transfers into each account

MATCH (:Account {id: $id})<-[w:WITHDRAW]-(mid)
WHERE w.amount > $threshold2 AND w.at > $after AND w.at < $before
WITH mid, sum(w.amount) AS sumEdge2Amount
MATCH (mid)<-[t:TRANSFER]-()
WHERE t.amount > $threshold1 AND t.at > $after AND t.at < $before
WITH mid, sumEdge2Amount, count(t) AS transfers, sum(t.amount) AS sumEdge1Amount
WHERE transfers > 3
RETURN mid.id AS midId, sumEdge1Amount, sumEdge2Amount
ORDER BY sumEdge2Amount DESC, midId
