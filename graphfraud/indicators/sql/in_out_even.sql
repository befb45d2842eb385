/*@indicator
id = "in_out_even"
version = 1
layer = "behaviour"
family = "flow"
basis = "practice"
name_zh = "进出基本相等"
name_en = "as much out as in"
definition = "|I − O| / (I + O) below share_e6, where I and O are credits and debits, cash included, and I + O is at least min_turnover."
window = "the last window_days days"
unit = "e6"
wording_zh = "近 {window_days} 天进出差额仅占流水的 {value}"
wording_en = "credits and debits of {window_days} days differ by only {value} of the turnover"
[thresholds]
window_days = {default = 30, unit = "days", help = "moves looked at"}
share_e6 = {default = 50000, unit = "1e-6", help = "the difference must be below this share"}
min_turnover = {default = 10000000, unit = "fen", help = "credits and debits together"}
@*/
WITH turnover AS (
  SELECT account, sum(amount) AS whole,
         abs(coalesce(sum(amount) FILTER (inward), 0) - coalesce(sum(amount) FILTER (NOT inward), 0)) AS difference
  FROM recent WHERE time > $as_of - $window_days * 86400000000
  GROUP BY account HAVING sum(amount) >= $min_turnover
)
SELECT account, (difference * 1000000 // whole)::BIGINT AS value
FROM turnover WHERE difference * 1000000 < whole * $share_e6
