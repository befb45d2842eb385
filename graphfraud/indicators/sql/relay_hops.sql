/*@indicator
id = "relay_hops"
version = 1
layer = "transaction"
family = "flow"
basis = "default"
name_zh = "多级快速中转"
name_en = "fast relay over three hops"
definition = "The account is one of two in a row that each passed the same money on within minutes: three payments, and one lot of at least share_e6 of the first (of at least min_amount) is carried all the way. The value is what was carried, the most."
window = "last payments of the last window_days days"
unit = "fen"
wording_zh = "参与三跳快速中转，每跳不超过 {minutes} 分钟，中转 {value}"
wording_en = "part of a relay of three hops, each within {minutes} minutes, carrying {value}"
[thresholds]
window_days = {default = 30, unit = "days", help = "last payments looked at"}
minutes = {default = 60, unit = "min", help = "longest wait at each account"}
share_e6 = {default = 800000, unit = "1e-6", help = "share of the first payment that is carried"}
min_amount = {default = 100000, unit = "fen", help = "smaller first payments are not looked at"}
@*/
WITH kept AS (
  SELECT account, inflow, outflow, amount, amount_in, time_out, payer_in, payee_out
  FROM lots WHERE NOT cash_in AND NOT cash_out AND dwell <= $minutes * 60000000
    AND amount * 1000000::HUGEINT >= $min_amount * $share_e6::HUGEINT
), relays AS (
  SELECT b.account AS b, c.account AS c, least(b.amount, c.amount) AS carried
  FROM kept b JOIN kept c ON c.inflow = b.outflow
  WHERE c.time_out > $as_of - $window_days * 86400000000 AND b.payer_in <> c.account AND c.payee_out <> b.account
    AND b.amount_in >= $min_amount
    AND least(b.amount, c.amount)::HUGEINT * 1000000 >= b.amount_in::HUGEINT * $share_e6
)
SELECT account, max(carried) AS value FROM (SELECT unnest([b, c]) AS account, carried FROM relays)
GROUP BY account
