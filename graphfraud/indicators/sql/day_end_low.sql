/*@indicator
id = "day_end_low"
version = 1
layer = "account_state"
family = "flow"
basis = "default"
name_zh = "日终不留余额"
name_en = "emptied every evening"
definition = "On at least days_e6 of the days with a credit, at least min_days of them, no more than share_e6 of the day's credits was left in the account at midnight; credits reach min_inflow."
window = "the last window_days days"
unit = "e6"
requires = ["accounts.opening_balance"]
wording_zh = "近 {window_days} 天有入账的日子中 {value} 日终几乎不留余额"
wording_en = "on {value} of the days with a credit next to nothing was left at midnight"
[thresholds]
window_days = {default = 30, unit = "days", help = "days looked at"}
share_e6 = {default = 50000, unit = "1e-6", help = "largest balance against the day's credits"}
days_e6 = {default = 800000, unit = "1e-6", help = "share of the days with a credit"}
min_days = {default = 3, unit = "days", help = "days with a credit"}
min_inflow = {default = 1000000, unit = "fen", help = "credits together"}
@*/
WITH counted AS (
  SELECT account, count(*) AS days, sum(came) AS inflow,
         count(*) FILTER (balance::HUGEINT * 1000000 <= came::HUGEINT * $share_e6) AS low
  FROM by_day
  WHERE came > 0 AND day >= day_of($as_of - $window_days * 86400000000)
  GROUP BY account
)
SELECT account, low * 1000000 // days AS value
FROM counted JOIN subjects USING (account)
WHERE balance_known AND days >= $min_days AND inflow >= $min_inflow AND low * 1000000 >= days * $days_e6
