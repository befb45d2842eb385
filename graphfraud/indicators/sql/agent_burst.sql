/*@indicator
id = "agent_burst"
version = 1
layer = "account_state"
family = "opening"
basis = "practice"
name_zh = "同一代办人集中开户"
name_en = "one agent opens many accounts"
definition = "The account is one of at least min_accounts that one agent opened within days Shanghai days."
window = "openings of the last window_days days"
unit = "count"
requires = ["accounts.agent_id", "accounts.open_time"]
wording_zh = "同一代办人 {days} 天内开立了 {value} 个账户，本账户是其中之一"
wording_en = "one agent opened {value} accounts within {days} days, this one among them"
[thresholds]
min_accounts = {default = 10, unit = "accounts", help = "accounts opened that make a hit"}
days = {default = 3, unit = "days", help = "length of the burst"}
window_days = {default = 90, unit = "days", help = "openings before this are not looked at"}
@*/
WITH opened AS (
  SELECT account, agent_id, day_of(open_time) AS day
  FROM subjects
  WHERE agent_id IS NOT NULL AND agent_id <> ''
    AND open_time > $as_of - $window_days * 86400000000 AND open_time <= $as_of
), ending AS (
  SELECT account, agent_id, day, count(*) OVER (
    PARTITION BY agent_id ORDER BY day RANGE BETWEEN $days - 1 PRECEDING AND CURRENT ROW) AS opened
  FROM opened
), best AS (
  SELECT account, max(opened) OVER (
    PARTITION BY agent_id ORDER BY day RANGE BETWEEN CURRENT ROW AND $days - 1 FOLLOWING) AS value
  FROM ending
)
SELECT account, value FROM best WHERE value >= $min_accounts
