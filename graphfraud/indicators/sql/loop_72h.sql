/*@indicator
id = "loop_72h"
version = 1
layer = "transaction"
family = "flow"
basis = "practice"
name_zh = "三方资金回流"
name_en = "money in a loop of three"
definition = "A pays B, B pays C, C pays A within hours, and one lot of at least share_e6 of the first payment (of at least min_amount) is carried all the way. All three accounts are hit. The value is what was carried, the most."
window = "loops that closed in the last window_days days"
unit = "fen"
wording_zh = "{hours} 小时内三方循环转账，回流 {value}"
wording_en = "{value} went in a loop through three accounts within {hours} hours"
[thresholds]
window_days = {default = 30, unit = "days", help = "closing payments looked at"}
hours = {default = 72, unit = "h", help = "longest time of the loop"}
share_e6 = {default = 800000, unit = "1e-6", help = "share of the first payment that is carried"}
min_amount = {default = 1000000, unit = "fen", help = "smaller first payments are not looked at"}
@*/
WITH kept AS (
  SELECT account, inflow, outflow, amount, amount_in, time_in, time_out, payer_in, payee_out
  FROM lots WHERE NOT cash_in AND NOT cash_out AND dwell <= $hours * 3600000000
    AND amount * 1000000::HUGEINT >= $min_amount * $share_e6::HUGEINT
), loops AS (
  SELECT b.payer_in AS a, b.account AS b, c.account AS c, least(b.amount, c.amount) AS carried
  FROM kept b JOIN kept c ON c.inflow = b.outflow
  WHERE c.payee_out = b.payer_in AND c.time_out - b.time_in <= $hours * 3600000000
    AND c.time_out > $as_of - $window_days * 86400000000
    AND b.amount_in >= $min_amount
    AND least(b.amount, c.amount)::HUGEINT * 1000000 >= b.amount_in::HUGEINT * $share_e6
)
SELECT account, max(carried) AS value
FROM (SELECT unnest([a, b, c]) AS account, carried FROM loops)
WHERE account IN (SELECT account FROM subjects)
GROUP BY account
