/*@indicator
id = "inflow_surge"
version = 1
layer = "behaviour"
family = "flow"
basis = "practice"
name_zh = "入账突增"
name_en = "credits far above the account's own past"
definition = "Credits of the last window_days days are at least min_inflow and at least factor times the mean of as many days before them. Needs history_days of transfers; an account without any earlier credit is not compared."
window = "the last window_days days against everything before"
unit = "fen"
history = ["history_days"]
wording_zh = "近 {window_days} 天入账 {value}，为此前同期均值的 {factor} 倍以上"
wording_en = "credits of {value} in {window_days} days, {factor} times the earlier mean or more"
[thresholds]
window_days = {default = 30, unit = "days", help = "days up to T"}
factor = {default = 10, unit = "times", help = "against the earlier mean"}
min_inflow = {default = 5000000, unit = "fen", help = "credits of the window"}
history_days = {default = 60, unit = "days", help = "history without which there is no past to compare with"}
@*/
WITH credited AS (
  SELECT account, sum(amount)::BIGINT AS value
  FROM recent WHERE inward AND time > $as_of - $window_days * 86400000000
  GROUP BY account HAVING sum(amount) >= $min_inflow
), past AS (
  SELECT account, sum(amount) AS amount, day_of($as_of) - $window_days - min(day_of(time)) AS days
  FROM moves
  WHERE inward AND time <= $as_of - $window_days * 86400000000 AND account IN (SELECT account FROM credited)
  GROUP BY account
)
SELECT account, value
FROM credited JOIN past USING (account)
WHERE days >= $history_days - $window_days
  AND value::HUGEINT * days >= past.amount * $factor * $window_days
