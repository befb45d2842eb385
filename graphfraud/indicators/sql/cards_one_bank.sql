/*@indicator
id = "cards_one_bank"
version = 1
layer = "account_state"
family = "opening"
basis = "platform"
name_zh = "同一人在一家银行持卡过多"
name_en = "many cards at one bank"
definition = "The holder has at least min_cards open accounts at one bank; the account is one of them. 1002."
window = "accounts open at T"
unit = "count"
requires = ["accounts.holder_id", "accounts.bank"]
wording_zh = "同一持有人在一家银行持有 {value} 个账户，本账户是其中之一"
wording_en = "the holder has {value} accounts at one bank, this one among them"
[thresholds]
min_cards = {default = 10, unit = "accounts", help = "open accounts that make a hit"}
@*/
WITH open AS (
  SELECT account, holder, bank FROM subjects
  WHERE holder >= 0 AND bank <> '' AND coalesce(open_time, $as_of) <= $as_of
    AND (cancel_time IS NULL OR cancel_time > $as_of)
), many AS (
  SELECT holder, bank, count(*) AS cards FROM open GROUP BY holder, bank HAVING count(*) >= $min_cards
)
SELECT account, cards AS value FROM open JOIN many USING (holder, bank)
