/*@indicator
id = "just_below"
version = 1
layer = "transaction"
family = "flow"
basis = "practice"
name_zh = "刻意低于限额"
name_en = "just below the limits"
definition = "At least min_count credits or debits that lie below limit_1 or limit_2 by at most margin_e6 of it."
window = "the last window_days days"
unit = "count"
wording_zh = "近 {window_days} 天有 {value} 笔略低于 5 万或 20 万元的交易"
wording_en = "{value} moves in {window_days} days lie just below 50,000 or 200,000 yuan"
[thresholds]
window_days = {default = 30, unit = "days", help = "moves looked at"}
limit_1 = {default = 5000000, unit = "fen", help = "first reporting limit"}
limit_2 = {default = 20000000, unit = "fen", help = "second reporting limit"}
margin_e6 = {default = 50000, unit = "1e-6", help = "how far below still counts"}
min_count = {default = 5, unit = "moves", help = "such moves"}
@*/
SELECT account, count(*) AS value
FROM recent
WHERE time > $as_of - $window_days * 86400000000
  AND ((amount < $limit_1 AND amount::HUGEINT * 1000000 >= $limit_1::HUGEINT * (1000000 - $margin_e6))
    OR (amount < $limit_2 AND amount::HUGEINT * 1000000 >= $limit_2::HUGEINT * (1000000 - $margin_e6)))
GROUP BY account HAVING count(*) >= $min_count
