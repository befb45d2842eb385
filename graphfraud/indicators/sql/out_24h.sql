/*@indicator
id = "out_24h"
version = 1
layer = "transaction"
family = "flow"
basis = "practice"
name_zh = "快进快出"
name_en = "money out within a day"
definition = "Of credits of at least min_inflow, at least share_e6 left again within hours (LIFO lots)."
window = "credits of the last window_days days"
unit = "e6"
wording_zh = "近 {window_days} 天入账资金的 {value} 在 {hours} 小时内转出或取现"
wording_en = "{value} of the money that came in over {window_days} days left again within {hours} hours"
[thresholds]
window_days = {default = 30, unit = "days", help = "credits looked at"}
hours = {default = 24, unit = "h", help = "longest stay that counts"}
share_e6 = {default = 900000, unit = "1e-6", help = "share of the credits that left"}
min_inflow = {default = 5000000, unit = "fen", help = "credits together"}
@*/
WITH credited AS (
  SELECT account, sum(amount) AS inflow
  FROM recent WHERE inward AND time > $as_of - $window_days * 86400000000
  GROUP BY account HAVING sum(amount) >= $min_inflow
), passed AS (
  SELECT account, sum(amount) AS passed
  FROM lots WHERE time_in > $as_of - $window_days * 86400000000 AND dwell <= $hours * 3600000000
  GROUP BY account
)
SELECT account, (passed * 1000000 // inflow)::BIGINT AS value
FROM credited JOIN passed USING (account)
WHERE passed * 1000000 >= inflow * $share_e6
