/*@indicator
id = "referral_layer"
version = 1
layer = "behaviour"
family = "graph"
basis = "default"
name_zh = "处于涉案资金链前几层"
name_en = "among the first layers of a case"
definition = "Money that a victim reported reached the account in at most max_layer hops of its own lots, and the account itself is not referred. A layer that is only assumed does not count. The value is the layer."
window = "everything known at T"
unit = "count"
requires = ["layers"]
wording_zh = "报案资金逐笔追踪到达本账户，处于第 {value} 层"
wording_en = "money that a victim reported reached the account, at layer {value}"
[thresholds]
max_layer = {default = 3, unit = "layers", help = "deepest layer that counts"}
@*/
SELECT account, min(layer) AS value
FROM layers JOIN subjects USING (account)
WHERE NOT assumed AND layer <= $max_layer
  AND account NOT IN (SELECT account FROM referrals WHERE NOT withdrawn AND referred_at <= $as_of)
GROUP BY account
