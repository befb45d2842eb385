/* The accounts indicators are about: persons' (or unstated), neither pooled nor a merchant's.
   holder_key tells holders apart also where the holder is not known: then every account is its own holder. */
CREATE TEMP TABLE subjects AS
SELECT code AS account, holder, open_time, agent_id, account_id, holder_id, bank, branch, cancel_time,
       opening_balance IS NOT NULL AS balance_known,
       CASE WHEN holder >= 0 THEN holder ELSE -2 - code END AS holder_key
FROM accounts
WHERE kind <> 2 AND NOT coalesce(pooled, false) AND NOT coalesce(merchant, false);
