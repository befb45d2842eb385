/*@indicator
id = "turnover_balance"
version = 1
layer = "account_state"
family = "flow"
basis = "practice"
name_zh = "流水与余额不成比例"
name_en = "turnover far above the balance"
definition = "Credits and debits, cash included, are at least factor times the mean of the balances at midnight, and reach min_turnover. The value is the ratio; a mean below 1 yuan counts as 1 yuan."
window = "the last window_days days"
unit = "count"
requires = ["accounts.opening_balance"]
wording_zh = "近 {window_days} 天流水为日均余额的 {value} 倍"
wording_en = "turnover of {window_days} days is {value} times the mean balance"
[thresholds]
window_days = {default = 30, unit = "days", help = "days looked at"}
factor = {default = 50, unit = "times", help = "turnover against the mean balance"}
min_turnover = {default = 10000000, unit = "fen", help = "credits and debits together"}
@*/
WITH clipped AS (
  SELECT account, balance, greatest(day, day_of($as_of - $window_days * 86400000000)) AS since, day + stood AS until,
         CASE WHEN day >= day_of($as_of - $window_days * 86400000000) THEN came + went ELSE 0 END AS turnover
  FROM by_day
), summed AS (
  SELECT account, sum(turnover) AS turnover, sum(balance::HUGEINT * (until - since)) AS held, sum(until - since) AS days
  FROM clipped WHERE until > since GROUP BY account HAVING sum(turnover) >= $min_turnover
)
SELECT account, (turnover * days // greatest(held, 100 * days))::BIGINT AS value
FROM summed JOIN subjects USING (account)
WHERE balance_known AND turnover * days >= greatest(held, 100 * days) * $factor
