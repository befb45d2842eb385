/*@indicator
id = "card_replaced"
version = 1
layer = "account_state"
family = "opening"
basis = "default"
name_zh = "频繁挂失补换卡"
name_en = "card replaced again and again"
definition = "The number of the account's card changed at least min_changes times. Seen from the versions of its row that the account feed delivered; a feed that never delivered a second version tells nothing."
window = "changes of the last window_days days"
unit = "count"
requires = ["accounts.card_no", "cards"]
wording_zh = "近 {window_days} 天补换卡 {value} 次"
wording_en = "the card was replaced {value} times in {window_days} days"
[thresholds]
window_days = {default = 90, unit = "days", help = "changes looked at"}
min_changes = {default = 3, unit = "changes", help = "changes that make a hit"}
@*/
SELECT account, count(*) AS value
FROM cards JOIN subjects USING (account)
WHERE changed AND since > $as_of - $window_days * 86400000000 AND since <= $as_of
GROUP BY account HAVING count(*) >= $min_changes
