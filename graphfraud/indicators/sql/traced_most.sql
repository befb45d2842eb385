/*@indicator
id = "traced_most"
version = 1
layer = "behaviour"
family = "graph"
basis = "default"
name_zh = "绝大部分为涉案资金"
name_en = "nearly all money is traced"
definition = "As traced_share, with a higher bar: at least share_e6 of everything that came in descends from referred accounts (LIFO lineage)."
window = "everything known at T"
unit = "e6"
requires = ["lineage"]
wording_zh = "全部入账中 {value} 可追溯至涉案账户"
wording_en = "{value} of all money that came in descends from referred accounts"
[thresholds]
share_e6 = {default = 700000, unit = "1e-6", help = "share of the credits"}
@*/
SELECT account, share_e6 AS value
FROM lineage JOIN subjects USING (account)
WHERE lineage.share_e6 >= $share_e6
