/*@indicator
id = "impossible_travel"
version = 1
layer = "behaviour"
family = "cash"
basis = "practice"
name_zh = "取现地点间移动过快"
name_en = "cash in two places too far apart"
definition = "Two withdrawals in a row of the account lie at least min_metres apart, and reaching the second from the first takes more than kmh. Needs places with coordinates. The value is the speed in km/h, the highest."
window = "withdrawals of the last window_days days"
unit = "count"
requires = ["cash.place", "coordinates"]
wording_zh = "两次取现地点相距过远，需以 {value} 公里/小时移动"
wording_en = "two withdrawals in a row would need a speed of {value} km/h"
[thresholds]
window_days = {default = 30, unit = "days", help = "withdrawals looked at"}
kmh = {default = 300, unit = "km/h", help = "fastest travel that is believed"}
min_metres = {default = 50000, unit = "m", help = "nearer places are not compared"}
@*/
SELECT account, max(metres * 3600000 // greatest(micros, 60000000)) AS value
FROM trips JOIN subjects USING (account)
WHERE time > $as_of - $window_days * 86400000000
  AND metres >= $min_metres AND metres * 3600000 > greatest(micros, 60000000) * $kmh
GROUP BY account
