/*@indicator
id = "synchrony_active"
version = 1
layer = "behaviour"
family = "graph"
basis = "default"
name_zh = "团伙成员同时段过账"
name_en = "ring passes money at the same time"
definition = "Of the firm members of the account's ring at least share_e6, and min_members of them, passed money on (a lot of at least min_amount that stayed at most dwell_hours) within the same hours; the account is one of them. The value counts these members."
window = "the last window_days days"
unit = "count"
requires = ["rings"]
wording_zh = "所属团伙中 {value} 名成员在同一 {hours} 小时内快速过账，本账户是其中之一"
wording_en = "{value} members of its ring passed money on within the same {hours} hours, this one among them"
[thresholds]
window_days = {default = 30, unit = "days", help = "debits looked at"}
hours = {default = 72, unit = "h", help = "length of the burst"}
share_e6 = {default = 600000, unit = "1e-6", help = "share of the firm members"}
min_members = {default = 3, unit = "members", help = "members active together"}
min_amount = {default = 100000, unit = "fen", help = "smaller lots are not looked at"}
dwell_hours = {default = 24, unit = "h", help = "longest stay of the money"}
@*/
WITH members AS (
  SELECT ring_id, account, count(*) OVER (PARTITION BY ring_id) AS size
  FROM ring_members JOIN subjects USING (account) WHERE NOT loose
), passed AS (
  SELECT ring_id, account, size, time_out AS time
  FROM lots JOIN members USING (account)
  WHERE amount >= $min_amount AND dwell <= $dwell_hours * 3600000000
    AND time_out > $as_of - $window_days * 86400000000
), ending AS (
  SELECT ring_id, account, size, time, count(DISTINCT account) OVER (
    PARTITION BY ring_id ORDER BY time RANGE BETWEEN $hours * 3600000000 PRECEDING AND CURRENT ROW) AS together
  FROM passed
), best AS (
  SELECT account, size, max(together) OVER (
    PARTITION BY ring_id ORDER BY time RANGE BETWEEN CURRENT ROW AND $hours * 3600000000 FOLLOWING) AS value
  FROM ending
)
SELECT account, max(value) AS value FROM best
WHERE value >= $min_members AND value * 1000000 >= size * $share_e6
GROUP BY account
