/*@indicator
id = "gather_scatter"
version = 2
layer = "transaction"
family = "flow"
basis = "platform"
name_zh = "分散转入集中转出"
name_en = "gathered in, sent out at once"
definition = "Within working_days working days: at least min_credits credits, at most a third as many debits (at least one), and debits between 0.9 and 1.1 of the credits, which reach min_amount. 3006. The value counts the credits."
window = "the last window_days days"
unit = "count"
wording_zh = "{working_days} 个工作日内分散转入 {value} 笔后集中转出，进出金额相当"
wording_en = "{value} credits within {working_days} working days went out in a few debits of about the same sum"
[thresholds]
window_days = {default = 30, unit = "days", help = "moves looked at"}
working_days = {default = 5, unit = "working days", help = "length of the pattern"}
min_credits = {default = 3, unit = "credits", help = "credits gathered"}
min_amount = {default = 1000000, unit = "fen", help = "credits together"}
@*/
WITH active AS (
  SELECT account FROM by_workday GROUP BY account
  HAVING sum(n_in) >= $min_credits AND sum(n_out) >= 1 AND sum(sum_in) >= $min_amount
), within AS (
  SELECT account, sum(n_in) OVER span AS n_in, sum(n_out) OVER span AS n_out,
         sum(sum_in) OVER span AS sum_in, sum(sum_out) OVER span AS sum_out
  FROM by_workday SEMI JOIN active USING (account)
  WHERE workday > workday(day_of($as_of - $window_days * 86400000000))
  WINDOW span AS (PARTITION BY account ORDER BY workday RANGE BETWEEN $working_days - 1 PRECEDING AND CURRENT ROW)
)
SELECT account, max(n_in)::BIGINT AS value
FROM within
WHERE n_in >= $min_credits AND n_out >= 1 AND 3 * n_out <= n_in AND sum_in >= $min_amount
  AND 10 * sum_out > 9 * sum_in AND 10 * sum_out < 11 * sum_in
GROUP BY account
