/*@indicator
id = "contact_change"
version = 1
layer = "account_state"
family = "opening"
basis = "practice"
name_zh = "变更联系方式后大额交易"
name_en = "new phone or address, then large sums"
definition = "The account, which had a phone or address, used another one for the first time, and within hours after it credits or debits reached min_amount. The value is the larger of the two."
window = "changes of the last window_days days"
unit = "fen"
requires = ["identifiers:phone|address"]
wording_zh = "变更手机号或地址后 {hours} 小时内交易 {value}"
wording_en = "{value} moved within {hours} hours of a new phone or address"
[thresholds]
window_days = {default = 30, unit = "days", help = "changes looked at"}
hours = {default = 72, unit = "h", help = "time after the change"}
min_amount = {default = 10000000, unit = "fen", help = "credits, or debits, together"}
@*/
WITH seen AS (
  SELECT account, first_seen, min(first_seen) OVER (PARTITION BY account, kind) AS earliest
  FROM identifiers WHERE kind IN ('phone', 'address') AND first_seen <= $as_of
), changed AS (
  SELECT DISTINCT account, first_seen FROM seen
  WHERE first_seen > earliest AND first_seen > $as_of - $window_days * 86400000000
), after AS (
  SELECT c.account, c.first_seen, sum(r.amount) FILTER (r.inward) AS came, sum(r.amount) FILTER (NOT r.inward) AS went
  FROM changed c JOIN recent r USING (account)
  WHERE r.time >= c.first_seen AND r.time <= c.first_seen + $hours * 3600000000
  GROUP BY ALL
)
SELECT account, max(greatest(coalesce(came, 0), coalesce(went, 0)))::BIGINT AS value
FROM after GROUP BY account HAVING value >= $min_amount
