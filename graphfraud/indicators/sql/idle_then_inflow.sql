/*@indicator
id = "idle_then_inflow"
version = 1
layer = "account_state"
family = "opening"
basis = "default"
name_zh = "长期不动户突然入账"
name_en = "idle account wakes up"
definition = "No credit or debit for idle_days days, then credits of at least min_amount in the last window_days days. An account younger than both together is not idle. Needs that much history of transfers."
window = "the last window_days days against the idle_days before them"
unit = "fen"
requires = ["accounts.open_time"]
history = ["idle_days", "window_days"]
wording_zh = "休眠 {idle_days} 天以上后，{window_days} 天内入账 {value}"
wording_en = "idle for {idle_days} days or more, then credits of {value} within {window_days} days"
[thresholds]
idle_days = {default = 180, unit = "days", help = "time without credit or debit"}
window_days = {default = 7, unit = "days", help = "days up to T in which the money came"}
min_amount = {default = 5000000, unit = "fen", help = "credits together"}
@*/
WITH woken AS (
  SELECT account, sum(amount)::BIGINT AS value
  FROM recent
  WHERE inward AND time > $as_of - $window_days * 86400000000
  GROUP BY account HAVING sum(amount) >= $min_amount
)
SELECT account, value
FROM woken JOIN subjects USING (account)
WHERE open_time <= $as_of - ($window_days + $idle_days) * 86400000000
  AND account NOT IN (
    SELECT account FROM moves
    WHERE time > $as_of - ($window_days + $idle_days) * 86400000000
      AND time <= $as_of - $window_days * 86400000000)
