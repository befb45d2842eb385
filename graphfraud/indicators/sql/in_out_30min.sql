/*@indicator
id = "in_out_30min"
version = 1
layer = "transaction"
family = "flow"
basis = "practice"
name_zh = "大额即进即出"
name_en = "large credit, large debit at once"
definition = "A debit of at least amount within minutes after a credit of at least amount; the value counts such debits."
window = "the last window_days days"
unit = "count"
wording_zh = "大额入账后 {minutes} 分钟内大额转出，共 {value} 次"
wording_en = "{value} large debits within {minutes} minutes after a large credit"
[thresholds]
window_days = {default = 30, unit = "days", help = "moves looked at"}
amount = {default = 5000000, unit = "fen", help = "smallest credit and debit"}
minutes = {default = 30, unit = "min", help = "longest time between them"}
@*/
WITH large AS (
  SELECT account, time, inward, max(time) FILTER (inward) OVER (
    PARTITION BY account ORDER BY time, flow ROWS UNBOUNDED PRECEDING) AS credited
  FROM recent
  WHERE amount >= $amount AND time > $as_of - $window_days * 86400000000
)
SELECT account, count(*) AS value
FROM large WHERE NOT inward AND time - credited <= $minutes * 60000000
GROUP BY account
