/*@indicator
id = "short_dwell"
version = 1
layer = "transaction"
family = "flow"
basis = "default"
name_zh = "资金停留时间极短"
name_en = "money stays minutes"
definition = "The median stay of money, weighted by amount over the LIFO lots that left, is below minutes; at least min_amount left."
window = "debits of the last window_days days"
unit = "micros"
wording_zh = "资金停留时间中位数（按金额加权）为 {value}"
wording_en = "the median stay of money, weighted by amount, is {value}"
[thresholds]
window_days = {default = 30, unit = "days", help = "debits looked at"}
minutes = {default = 60, unit = "min", help = "the median stay must be below this"}
min_amount = {default = 1000000, unit = "fen", help = "money that left"}
@*/
WITH hit AS (
  SELECT account, sum(amount) AS whole
  FROM lots WHERE time_out > $as_of - $window_days * 86400000000
  GROUP BY account
  HAVING sum(amount) >= $min_amount
    AND 2 * sum(amount) FILTER (dwell < $minutes * 60000000) >= sum(amount)
), running AS (
  SELECT account, dwell, whole, sum(amount) OVER (PARTITION BY account ORDER BY dwell RANGE UNBOUNDED PRECEDING) AS upto
  FROM lots JOIN hit USING (account)
  WHERE time_out > $as_of - $window_days * 86400000000
)
SELECT account, min(dwell) AS value
FROM running WHERE 2 * upto >= whole
GROUP BY account
