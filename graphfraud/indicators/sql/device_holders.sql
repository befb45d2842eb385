/*@indicator
id = "device_holders"
version = 1
layer = "behaviour"
family = "identifier"
basis = "default"
name_zh = "多人共用设备"
name_en = "shared device or MAC"
definition = "A device or MAC of the account is used by at least min_holders different holders. Identifiers with more holders than [links] max_holders_ring are hubs and left out."
window = "everything known at T"
unit = "count"
requires = ["identifiers:device|mac", "accounts.holder_id"]
wording_zh = "使用的设备由 {value} 名不同持有人共用"
wording_en = "a device of this account is shared by {value} different holders"
[thresholds]
min_holders = {default = 3, unit = "holders", help = "holders of one device that make a hit; two are often a family"}
@*/
SELECT u.account, max(s.holders) AS value
FROM uses u JOIN shared_identifiers s USING (ident)
WHERE s.kind IN ('device', 'mac') AND s.holders >= $min_holders
GROUP BY u.account
