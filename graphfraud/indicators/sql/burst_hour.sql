/*@indicator
id = "burst_hour"
version = 1
layer = "transaction"
family = "flow"
basis = "practice"
name_zh = "短时密集入账"
name_en = "burst of credits"
definition = "At least min_credits credits by transfer within minutes, together at least min_amount. The value counts them."
window = "the last window_days days"
unit = "count"
wording_zh = "{minutes} 分钟内密集入账 {value} 笔"
wording_en = "{value} credits within {minutes} minutes"
[thresholds]
window_days = {default = 30, unit = "days", help = "credits looked at"}
minutes = {default = 60, unit = "min", help = "length of the burst"}
min_credits = {default = 5, unit = "credits", help = "credits in the burst"}
min_amount = {default = 500000, unit = "fen", help = "credits of the burst together: red packets are not meant"}
@*/
WITH credits AS (
  SELECT account, time, amount FROM recent
  WHERE inward AND other >= 0 AND time > $as_of - $window_days * 86400000000
), busy_enough AS (
  SELECT account FROM credits GROUP BY account HAVING count(*) >= $min_credits AND sum(amount) >= $min_amount
), within AS (
  SELECT account, count(*) OVER span AS credits, sum(amount) OVER span AS amount
  FROM credits SEMI JOIN busy_enough USING (account)
  WINDOW span AS (PARTITION BY account ORDER BY time RANGE BETWEEN $minutes * 60000000 PRECEDING AND CURRENT ROW)
)
SELECT account, max(credits) AS value
FROM within WHERE credits >= $min_credits AND amount >= $min_amount
GROUP BY account
