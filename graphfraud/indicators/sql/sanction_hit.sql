/*@indicator
id = "sanction_hit"
version = 1
layer = "account_state"
family = "opening"
basis = "default"
name_zh = "惩戒名单命中"
name_en = "on the sanction list"
definition = "The account or its holder is on the list of sanctions for buying or selling accounts, in an entry that is in force at T. The value counts the entries."
window = "entries in force at T"
unit = "count"
requires = ["sanctions"]
wording_zh = "账户或持有人命中惩戒名单（{value} 条有效记录）"
wording_en = "the account or its holder is on the sanction list ({value} entries in force)"
[thresholds]
min_entries = {default = 1, unit = "entries", help = "entries in force"}
@*/
WITH in_force AS (
  SELECT subject_kind, subject FROM sanctions
  WHERE start <= $as_of AND ("end" IS NULL OR "end" > $as_of)
), hits AS (
  SELECT s.account FROM in_force f JOIN subjects s ON s.account_id = f.subject WHERE f.subject_kind = 'account'
  UNION ALL
  SELECT s.account FROM in_force f JOIN subjects s ON s.holder_id = f.subject WHERE f.subject_kind = 'holder'
)
SELECT account, count(*) AS value FROM hits GROUP BY account HAVING count(*) >= $min_entries
