/*@indicator
id = "sanction_shared"
version = 1
layer = "account_state"
family = "identifier"
basis = "default"
name_zh = "与惩戒名单人员共用设备或手机号"
name_en = "shares an identifier with a sanctioned holder"
definition = "A device, phone or MAC of the account is also used by an account of at least min_holders other holders on the list of sanctions, in entries in force at T. Hubs are left out. The value counts these holders."
window = "everything known at T"
unit = "count"
requires = ["sanctions", "identifiers:device|phone|mac"]
wording_zh = "与惩戒名单上的 {value} 名持有人共用设备或手机号"
wording_en = "shares a device or phone with {value} holders on the sanction list"
[thresholds]
min_holders = {default = 1, unit = "holders", help = "sanctioned holders"}
@*/
WITH in_force AS (
  SELECT subject_kind, subject FROM sanctions
  WHERE start <= $as_of AND ("end" IS NULL OR "end" > $as_of)
), listed AS (
  SELECT s.account, s.holder_key FROM in_force f JOIN subjects s ON s.account_id = f.subject
  WHERE f.subject_kind = 'account'
  UNION
  SELECT s.account, s.holder_key FROM in_force f JOIN subjects s ON s.holder_id = f.subject
  WHERE f.subject_kind = 'holder'
), marked AS (
  SELECT u.ident, l.holder_key FROM uses u JOIN listed l USING (account) SEMI JOIN shared_identifiers USING (ident)
)
SELECT u.account, count(DISTINCT m.holder_key) AS value
FROM uses u JOIN marked m USING (ident)
WHERE u.holder_key <> m.holder_key
GROUP BY u.account HAVING count(DISTINCT m.holder_key) >= $min_holders
