/*@indicator
id = "round_amounts"
version = 1
layer = "transaction"
family = "flow"
basis = "practice"
name_zh = "整万金额占比高"
name_en = "many round amounts"
definition = "At least share_e6 of the credits and debits are whole multiples of unit_amount, at least min_count of them."
window = "the last window_days days"
unit = "e6"
wording_zh = "近 {window_days} 天交易笔数中 {value} 为整万元金额"
wording_en = "{value} of the moves in {window_days} days are whole multiples of 10,000 yuan"
[thresholds]
window_days = {default = 30, unit = "days", help = "moves looked at"}
unit_amount = {default = 1000000, unit = "fen", help = "a round amount is a multiple of this"}
share_e6 = {default = 300000, unit = "1e-6", help = "share of the moves"}
min_count = {default = 3, unit = "moves", help = "round moves"}
@*/
SELECT account, count(*) FILTER (amount % $unit_amount = 0) * 1000000 // count(*) AS value
FROM recent WHERE time > $as_of - $window_days * 86400000000
GROUP BY account
HAVING count(*) FILTER (amount % $unit_amount = 0) >= $min_count
  AND count(*) FILTER (amount % $unit_amount = 0) * 1000000 >= count(*) * $share_e6
