/*@indicator
id = "cards_same_holder"
version = 2
layer = "account_state"
family = "opening"
basis = "platform"
name_zh = "同一人短期内多开卡"
name_en = "one holder opens many cards"
definition = "The holder opened at least min_cards accounts within working_days working days; the account is one of them. 1001."
window = "openings of the last window_days days"
unit = "count"
requires = ["accounts.holder_id", "accounts.open_time"]
wording_zh = "同一持有人在 {working_days} 个工作日内开立了 {value} 个账户，本账户是其中之一"
wording_en = "the same holder opened {value} accounts within {working_days} working days, this one among them"
[thresholds]
min_cards = {default = 3, unit = "accounts", help = "accounts opened that make a hit"}
working_days = {default = 5, unit = "working days", help = "length of the burst"}
window_days = {default = 90, unit = "days", help = "openings before this are not looked at"}
@*/
WITH opened AS (
  SELECT account, holder, workday(day_of(open_time)) AS wd
  FROM subjects
  WHERE holder >= 0 AND open_time > $as_of - $window_days * 86400000000 AND open_time <= $as_of
), ending AS (
  SELECT account, holder, wd, count(*) OVER (
    PARTITION BY holder ORDER BY wd RANGE BETWEEN $working_days - 1 PRECEDING AND CURRENT ROW) AS cards
  FROM opened
), best AS (
  SELECT account, max(cards) OVER (
    PARTITION BY holder ORDER BY wd RANGE BETWEEN CURRENT ROW AND $working_days - 1 FOLLOWING) AS value
  FROM ending
)
SELECT account, value FROM best WHERE value >= $min_cards
