/*@indicator
id = "traced_share"
version = 1
layer = "behaviour"
family = "flow"
basis = "default"
name_zh = "涉案资金占比"
name_en = "share of traced money"
definition = "At least share_e6 of everything that came in descends from referred accounts (LIFO lineage)."
window = "everything known at T"
unit = "e6"
requires = ["lineage"]
wording_zh = "全部入账中 {value} 可追溯至涉案账户"
wording_en = "{value} of all money that came in descends from referred accounts"
[thresholds]
share_e6 = {default = 300000, unit = "1e-6", help = "share of the credits"}
@*/
SELECT account, share_e6 AS value
FROM lineage JOIN subjects USING (account)
WHERE lineage.share_e6 >= $share_e6
