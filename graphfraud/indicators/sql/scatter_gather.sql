/*@indicator
id = "scatter_gather"
version = 2
layer = "transaction"
family = "flow"
basis = "platform"
name_zh = "集中转入分散转出"
name_en = "in at once, scattered out"
definition = "Within working_days working days: at least min_debits debits, at most a third as many credits (at least one), and debits between 0.9 and 1.1 of the credits, which reach min_amount. 3007. The value counts the debits."
window = "the last window_days days"
unit = "count"
wording_zh = "{working_days} 个工作日内集中转入后分散转出 {value} 笔，进出金额相当"
wording_en = "a few credits within {working_days} working days were scattered in {value} debits of about the same sum"
[thresholds]
window_days = {default = 30, unit = "days", help = "moves looked at"}
working_days = {default = 5, unit = "working days", help = "length of the pattern"}
min_debits = {default = 3, unit = "debits", help = "debits scattered"}
min_amount = {default = 1000000, unit = "fen", help = "credits together"}
@*/
WITH active AS (
  SELECT account FROM by_workday GROUP BY account
  HAVING sum(n_out) >= $min_debits AND sum(n_in) >= 1 AND sum(sum_in) >= $min_amount
), within AS (
  SELECT account, sum(n_in) OVER span AS n_in, sum(n_out) OVER span AS n_out,
         sum(sum_in) OVER span AS sum_in, sum(sum_out) OVER span AS sum_out
  FROM by_workday SEMI JOIN active USING (account)
  WHERE workday > workday(day_of($as_of - $window_days * 86400000000))
  WINDOW span AS (PARTITION BY account ORDER BY workday RANGE BETWEEN $working_days - 1 PRECEDING AND CURRENT ROW)
)
SELECT account, max(n_out)::BIGINT AS value
FROM within
WHERE n_out >= $min_debits AND n_in >= 1 AND 3 * n_in <= n_out AND sum_in >= $min_amount
  AND 10 * sum_out > 9 * sum_in AND 10 * sum_out < 11 * sum_in
GROUP BY account
