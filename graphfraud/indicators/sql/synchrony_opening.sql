/*@indicator
id = "synchrony_opening"
version = 1
layer = "account_state"
family = "graph"
basis = "default"
name_zh = "团伙成员同网点集中开户"
name_en = "ring opened at one branch at once"
definition = "Of the firm members of the account's ring at least share_e6, and min_members of them, opened their accounts at one branch within days days; the account is one of them. The value counts these members."
window = "everything known at T"
unit = "count"
requires = ["rings", "accounts.branch", "accounts.open_time"]
wording_zh = "所属团伙中 {value} 名成员 {days} 天内在同一网点开户，本账户是其中之一"
wording_en = "{value} members of its ring were opened at one branch within {days} days, this one among them"
[thresholds]
days = {default = 7, unit = "days", help = "length of the burst"}
share_e6 = {default = 600000, unit = "1e-6", help = "share of the firm members"}
min_members = {default = 3, unit = "members", help = "members opened together"}
@*/
WITH members AS (
  SELECT ring_id, account, coalesce(bank, '') || ':' || branch AS place, day_of(open_time) AS day,
         count(*) OVER (PARTITION BY ring_id) AS size
  FROM ring_members JOIN subjects USING (account) WHERE NOT loose
), ending AS (
  SELECT ring_id, account, size, place, day, count(*) OVER (
    PARTITION BY ring_id, place ORDER BY day RANGE BETWEEN $days - 1 PRECEDING AND CURRENT ROW) AS together
  FROM members WHERE place IS NOT NULL AND day IS NOT NULL AND day <= day_of($as_of)
), best AS (
  SELECT account, size, max(together) OVER (
    PARTITION BY ring_id, place ORDER BY day RANGE BETWEEN CURRENT ROW AND $days - 1 FOLLOWING) AS value
  FROM ending
)
SELECT account, value FROM best WHERE value >= $min_members AND value * 1000000 >= size * $share_e6
