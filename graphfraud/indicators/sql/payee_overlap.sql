/*@indicator
id = "payee_overlap"
version = 1
layer = "behaviour"
family = "graph"
basis = "default"
name_zh = "收款人高度重合"
name_en = "pays the same people as another holder"
definition = "An account of another holder paid at least min_shared of the same persons, and of all the persons the two paid (at least min_amount together) at least jaccard_e6 were paid by both. Persons with more than max_payers payers are left out. The value counts the shared payees, the most."
window = "the last window_days days"
unit = "count"
wording_zh = "与另一持有人的账户有 {value} 个相同收款人，收款人高度重合"
wording_en = "pays {value} of the same persons as an account of another holder, most of those the two pay"
[thresholds]
window_days = {default = 7, unit = "days", help = "payments looked at"}
min_shared = {default = 3, unit = "payees", help = "shared payees"}
jaccard_e6 = {default = 500000, unit = "1e-6", help = "shared payees against all of both"}
min_amount = {default = 10000, unit = "fen", help = "a payee that was paid less is not counted"}
max_payers = {default = 20, unit = "payers", help = "persons whom more pay are left out"}
@*/
WITH paid AS (
  SELECT account, other FROM recent
  WHERE NOT inward AND other >= 0 AND time > $as_of - $window_days * 86400000000
  GROUP BY account, other HAVING sum(amount) >= $min_amount
), persons AS (
  SELECT other FROM paid SEMI JOIN subjects ON subjects.account = paid.other
  GROUP BY other HAVING count(*) <= $max_payers
), kept AS (
  SELECT account, other FROM paid SEMI JOIN persons USING (other)
), size AS (
  SELECT account, count(*) AS payees FROM kept GROUP BY account HAVING count(*) >= $min_shared
), sides AS (
  SELECT account, other, holder_key FROM kept SEMI JOIN size USING (account) JOIN subjects USING (account)
), pairs AS (
  SELECT a.account AS a, b.account AS b, count(*) AS shared
  FROM sides a JOIN sides b ON a.other = b.other AND a.account < b.account
  WHERE a.holder_key <> b.holder_key
  GROUP BY ALL HAVING count(*) >= $min_shared
), alike AS (
  SELECT a, b, shared
  FROM pairs JOIN size x ON x.account = a JOIN size y ON y.account = b
  WHERE shared * 1000000 >= (x.payees + y.payees - shared) * $jaccard_e6
)
SELECT account, max(shared) AS value FROM (SELECT unnest([a, b]) AS account, shared FROM alike) GROUP BY account
