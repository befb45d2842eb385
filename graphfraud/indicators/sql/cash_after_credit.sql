/*@indicator
id = "cash_after_credit"
version = 1
layer = "transaction"
family = "cash"
basis = "default"
name_zh = "入账后迅速取现"
name_en = "cash soon after a credit"
definition = "At least share_e6 of one credit by transfer of at least min_credit was withdrawn in cash within hours (LIFO lots). The value is what was withdrawn of such credits."
window = "withdrawals of the last window_days days"
unit = "fen"
requires = ["cash"]
wording_zh = "入账后 {hours} 小时内取现 {value}"
wording_en = "{value} withdrawn in cash within {hours} hours of a credit"
[thresholds]
window_days = {default = 30, unit = "days", help = "withdrawals looked at"}
hours = {default = 2, unit = "h", help = "longest time between credit and cash"}
share_e6 = {default = 500000, unit = "1e-6", help = "share of the credit"}
min_credit = {default = 500000, unit = "fen", help = "smaller credits are not looked at"}
@*/
WITH withdrawn AS (
  SELECT account, inflow, sum(amount) AS amount, max(amount_in) AS credit
  FROM lots
  WHERE cash_out AND NOT cash_in AND amount_in >= $min_credit AND dwell <= $hours * 3600000000
    AND time_out > $as_of - $window_days * 86400000000
  GROUP BY account, inflow
)
SELECT account, sum(amount)::BIGINT AS value
FROM withdrawn WHERE amount * 1000000 >= credit::HUGEINT * $share_e6
GROUP BY account
