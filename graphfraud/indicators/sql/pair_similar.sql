/*@indicator
id = "pair_similar"
version = 2
layer = "transaction"
family = "flow"
basis = "platform"
name_zh = "同一对手多笔相近金额"
name_en = "similar amounts between the same two"
definition = "At least min_count transfers in one direction between the same two accounts within working_days working days, each at least min_amount, the largest at most tolerance_e6 above the smallest. 3008. Both accounts are hit."
window = "the last window_days days"
unit = "count"
wording_zh = "与同一对手在 {working_days} 个工作日内发生 {value} 笔金额相近的转账"
wording_en = "{value} transfers of similar size with the same counterparty within {working_days} working days"
[thresholds]
window_days = {default = 30, unit = "days", help = "transfers looked at"}
working_days = {default = 5, unit = "working days", help = "length of the pattern"}
min_count = {default = 3, unit = "transfers", help = "transfers of the pair"}
tolerance_e6 = {default = 100000, unit = "1e-6", help = "largest over smallest amount, less one"}
min_amount = {default = 100000, unit = "fen", help = "smaller transfers are not looked at"}
@*/
WITH large AS (
  SELECT account, other, inward, time, amount
  FROM recent
  WHERE other >= 0 AND amount >= $min_amount AND time > $as_of - $window_days * 86400000000
), often AS (
  SELECT account, other, inward FROM large GROUP BY ALL HAVING count(*) >= $min_count
), within AS (
  SELECT account, count(*) OVER span AS payments, max(amount) OVER span AS largest, min(amount) OVER span AS smallest
  FROM (SELECT *, workday(day_of(time)) AS wd FROM large JOIN often USING (account, other, inward))
  WINDOW span AS (PARTITION BY account, other, inward
                  ORDER BY wd RANGE BETWEEN $working_days - 1 PRECEDING AND CURRENT ROW)
)
SELECT account, max(payments) AS value
FROM within
WHERE payments >= $min_count AND (largest - smallest)::HUGEINT * 1000000 <= smallest::HUGEINT * $tolerance_e6
GROUP BY account
