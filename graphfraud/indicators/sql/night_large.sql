/*@indicator
id = "night_large"
version = 1
layer = "behaviour"
family = "flow"
basis = "practice"
name_zh = "无夜间习惯的账户夜间大额交易"
name_en = "large sums at night, new for this account"
definition = "Between 00:00 and 06:00 Shanghai time at least min_amount moved in the last recent_days days, and nothing moved at night in the rest of the last habit_days days. Needs history_days of transfers."
window = "the last recent_days days against the last habit_days"
unit = "fen"
history = ["history_days"]
wording_zh = "近 {recent_days} 天夜间（0–6 时）交易 {value}，此前无夜间交易"
wording_en = "{value} moved at night (00–06) in {recent_days} days, without any night activity before"
[thresholds]
recent_days = {default = 7, unit = "days", help = "nights looked at"}
habit_days = {default = 90, unit = "days", help = "time in which there was no night activity"}
history_days = {default = 60, unit = "days", help = "history without which no habit can be told"}
min_amount = {default = 10000000, unit = "fen", help = "moved at night"}
@*/
WITH nights AS (
  SELECT account, sum(amount)::BIGINT AS value, min(time) AS first
  FROM moves
  WHERE is_night(time) AND time > $as_of - $habit_days * 86400000000
  GROUP BY account
), hit AS (
  SELECT account, value FROM nights
  WHERE value >= $min_amount AND first > $as_of - $recent_days * 86400000000
)
SELECT account, value FROM hit JOIN subjects USING (account)
WHERE coalesce(open_time, 0) <= $as_of - $history_days * 86400000000
