/*@indicator
id = "bridge_cases"
version = 1
layer = "behaviour"
family = "flow"
basis = "default"
name_zh = "连接多案的桥接账户"
name_en = "bridge between cases"
definition = "The account received transfers from at least min_accounts referred accounts of at least min_cases different cases, each at least min_amount. The value counts the cases."
window = "the last window_days days"
unit = "count"
wording_zh = "收到 {value} 起不同案件涉案账户的转账"
wording_en = "received money from referred accounts of {value} different cases"
[thresholds]
window_days = {default = 30, unit = "days", help = "transfers looked at"}
min_accounts = {default = 2, unit = "accounts", help = "referred payers"}
min_cases = {default = 2, unit = "cases", help = "different cases"}
min_amount = {default = 10000, unit = "fen", help = "smaller transfers are not looked at"}
@*/
SELECT r.account, count(DISTINCT q.case_no) AS value
FROM recent r JOIN referrals q ON q.account = r.other
WHERE r.inward AND r.other >= 0 AND NOT q.withdrawn AND q.referred_at <= $as_of
  AND r.amount >= $min_amount AND r.time > $as_of - $window_days * 86400000000
GROUP BY r.account
HAVING count(DISTINCT r.other) >= $min_accounts AND count(DISTINCT q.case_no) >= $min_cases
