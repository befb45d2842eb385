/*@indicator
id = "opening_branches"
version = 1
layer = "account_state"
family = "opening"
basis = "default"
name_zh = "跨网点打游击式开户"
name_en = "opens accounts from branch to branch"
definition = "The holder opened accounts at min_branches different branches, of any bank, within working_days working days; the account is one of them. The value counts the branches."
window = "openings of the last window_days days"
unit = "count"
requires = ["accounts.holder_id", "accounts.branch", "accounts.open_time"]
wording_zh = "同一持有人 {working_days} 个工作日内在 {value} 个网点开户，本账户是其中之一"
wording_en = "the same holder opened accounts at {value} branches within {working_days} working days, this one among them"
[thresholds]
min_branches = {default = 3, unit = "branches", help = "different branches"}
working_days = {default = 5, unit = "working days", help = "length of the burst"}
window_days = {default = 90, unit = "days", help = "openings before this are not looked at"}
@*/
WITH opened AS (
  SELECT account, holder, coalesce(bank, '') || ':' || branch AS place, workday(day_of(open_time)) AS wd
  FROM subjects
  WHERE holder >= 0 AND branch <> '' AND open_time > $as_of - $window_days * 86400000000 AND open_time <= $as_of
), several AS (
  SELECT holder FROM opened GROUP BY holder HAVING count(DISTINCT place) >= $min_branches
), ending AS (
  SELECT account, holder, wd, count(DISTINCT place) OVER (
    PARTITION BY holder ORDER BY wd RANGE BETWEEN $working_days - 1 PRECEDING AND CURRENT ROW) AS branches
  FROM opened SEMI JOIN several USING (holder)
), best AS (
  SELECT account, max(branches) OVER (
    PARTITION BY holder ORDER BY wd RANGE BETWEEN CURRENT ROW AND $working_days - 1 FOLLOWING) AS value
  FROM ending
)
SELECT account, value FROM best WHERE value >= $min_branches
