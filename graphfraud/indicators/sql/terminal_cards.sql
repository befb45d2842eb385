/*@indicator
id = "terminal_cards"
version = 1
layer = "behaviour"
family = "cash"
basis = "practice"
name_zh = "同一机具短时多人取现"
name_en = "many holders at one cash machine"
definition = "The account withdrew cash at a terminal where at least min_holders different holders withdrew within minutes, each at least min_amount. The value counts the holders."
window = "withdrawals of the last window_days days"
unit = "count"
requires = ["cash.terminal", "accounts.holder_id"]
wording_zh = "同一取款机 {minutes} 分钟内有 {value} 名不同持有人取现，本账户在其中"
wording_en = "{value} different holders withdrew at one cash machine within {minutes} minutes, this account among them"
[thresholds]
window_days = {default = 30, unit = "days", help = "withdrawals looked at"}
minutes = {default = 10, unit = "min", help = "length of the burst"}
min_holders = {default = 3, unit = "holders", help = "different holders"}
min_amount = {default = 200000, unit = "fen", help = "smaller withdrawals are not looked at"}
@*/
WITH taken AS (
  SELECT account, terminal, time, holder_key
  FROM cash JOIN subjects USING (account)
  WHERE amount >= $min_amount AND terminal IS NOT NULL AND terminal <> ''
    AND time > $as_of - $window_days * 86400000000 AND time <= $as_of
), ending AS (
  SELECT account, terminal, time, count(DISTINCT holder_key) OVER (
    PARTITION BY terminal ORDER BY time RANGE BETWEEN $minutes * 60000000 PRECEDING AND CURRENT ROW) AS holders
  FROM taken
), best AS (
  SELECT account, max(holders) OVER (
    PARTITION BY terminal ORDER BY time RANGE BETWEEN CURRENT ROW AND $minutes * 60000000 FOLLOWING) AS value
  FROM ending
)
SELECT account, max(value) AS value FROM best WHERE value >= $min_holders GROUP BY account
