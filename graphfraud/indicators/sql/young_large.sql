/*@indicator
id = "young_large"
version = 1
layer = "account_state"
family = "opening"
basis = "practice"
name_zh = "新开户大额入账"
name_en = "young account, large credits"
definition = "The account was opened within the last window_days days and has one credit of at least single, or credits of at least total together."
window = "the last window_days days"
unit = "fen"
requires = ["accounts.open_time"]
wording_zh = "开户不足 {window_days} 天，入账合计 {value}"
wording_en = "opened less than {window_days} days ago, credits of {value} together"
[thresholds]
window_days = {default = 30, unit = "days", help = "age of a young account"}
single = {default = 20000000, unit = "fen", help = "one credit of this size is enough"}
total = {default = 50000000, unit = "fen", help = "credits of this size together are enough"}
@*/
SELECT account, sum(r.amount)::BIGINT AS value
FROM recent r JOIN subjects s USING (account)
WHERE r.inward AND s.open_time > $as_of - $window_days * 86400000000 AND s.open_time <= $as_of
  AND r.time > $as_of - $window_days * 86400000000
GROUP BY account
HAVING max(r.amount) >= $single OR sum(r.amount) >= $total
