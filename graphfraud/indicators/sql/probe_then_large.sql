/*@indicator
id = "probe_then_large"
version = 1
layer = "transaction"
family = "flow"
basis = "default"
name_zh = "小额试探后大额转入"
name_en = "small probe, then a large payment"
definition = "The first payment ever from a payer is at most probe, and within hours the same payer pays at least factor times as much. The value is the largest such payment."
window = "probes of the last window_days days"
unit = "fen"
wording_zh = "陌生对手先小额试探，{hours} 小时内转入 {value}"
wording_en = "a new payer sent a small probe and then {value} within {hours} hours"
[thresholds]
window_days = {default = 30, unit = "days", help = "probes looked at"}
probe = {default = 1000, unit = "fen", help = "largest probe"}
factor = {default = 100, unit = "times", help = "the payment against the probe"}
hours = {default = 24, unit = "h", help = "longest time between them"}
@*/
WITH followed AS (
  SELECT p.account, p.other, p.flow, max(l.amount) AS value
  FROM recent p JOIN recent l ON l.account = p.account AND l.other = p.other
  WHERE p.inward AND p.other >= 0 AND p.amount <= $probe AND p.time > $as_of - $window_days * 86400000000
    AND l.inward AND l.amount >= $factor AND l.flow > p.flow AND l.time <= p.time + $hours * 3600000000
    AND l.amount >= p.amount * $factor
  GROUP BY ALL
), first AS (
  SELECT m.payee AS account, m.payer AS other, min(m.flow) AS flow
  FROM flows m
  WHERE (m.payee, m.payer) IN (SELECT (account, other) FROM followed)
  GROUP BY ALL
)
SELECT account, max(value) AS value FROM followed JOIN first USING (account, other, flow) GROUP BY account
