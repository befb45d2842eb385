/*@indicator
id = "phone_holders"
version = 1
layer = "account_state"
family = "identifier"
basis = "practice"
name_zh = "一号多人"
name_en = "one phone, many holders"
definition = "A phone of the account belongs to at least min_holders different holders. Phones with more holders than [links] max_holders_ring are hubs and left out."
window = "everything known at T"
unit = "count"
requires = ["identifiers:phone", "accounts.holder_id"]
wording_zh = "预留手机号由 {value} 名不同持有人共用"
wording_en = "a phone of this account is shared by {value} different holders"
[thresholds]
min_holders = {default = 3, unit = "holders", help = "holders of one phone that make a hit"}
@*/
SELECT u.account, max(s.holders) AS value
FROM uses u JOIN shared_identifiers s USING (ident)
WHERE s.kind = 'phone' AND s.holders >= $min_holders
GROUP BY u.account
