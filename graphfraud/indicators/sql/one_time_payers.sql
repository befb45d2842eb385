/*@indicator
id = "one_time_payers"
version = 1
layer = "behaviour"
family = "flow"
basis = "practice"
name_zh = "入账多来自一次性陌生付款人"
name_en = "paid by strangers once each"
definition = "At least share_e6 of the credits come from accounts that paid this one exactly once ever, at least min_payers of them; credits are at least min_inflow."
window = "the last window_days days"
unit = "e6"
wording_zh = "近 {window_days} 天入账金额的 {value} 来自仅付款一次的对手"
wording_en = "{value} of the money of {window_days} days came from payers who paid only once"
[thresholds]
window_days = {default = 30, unit = "days", help = "credits looked at"}
share_e6 = {default = 900000, unit = "1e-6", help = "share of the credits"}
min_payers = {default = 5, unit = "payers", help = "one-time payers"}
min_inflow = {default = 1000000, unit = "fen", help = "credits together"}
@*/
WITH credited AS (
  SELECT account, sum(amount) AS inflow
  FROM recent WHERE inward AND time > $as_of - $window_days * 86400000000
  GROUP BY account HAVING sum(amount) >= $min_inflow AND count(*) >= $min_payers
), once AS (
  SELECT payee AS account, payer, sum(amount) AS amount
  FROM flows
  WHERE payer >= 0 AND tag & 3 = 0 AND time <= $as_of AND payee IN (SELECT account FROM credited)
  GROUP BY payee, payer
  HAVING count(*) = 1 AND min(time) > $as_of - $window_days * 86400000000
), strangers AS (
  SELECT account, count(*) AS payers, sum(amount) AS amount FROM once GROUP BY account
)
SELECT account, (s.amount * 1000000 // c.inflow)::BIGINT AS value
FROM credited c JOIN strangers s USING (account)
WHERE s.payers >= $min_payers AND s.amount * 1000000 >= c.inflow * $share_e6
