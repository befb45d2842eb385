-- The measures of tests/bench/marginals.py, one query each: `-- NAME`, then a query that gives one number.
-- Tables: a accounts, p the bank's persons, t transfers, c cash, i identifiers, r referrals; f marked rows, v victims,
-- ring members; relayed fast pass-throughs.

-- accounts
SELECT count(*) FROM a;

-- of other banks, share
SELECT avg((coalesce(stratum, '') = 'outside')::INT) FROM a;

-- accounts per holder (persons)
SELECT count(*) / count(DISTINCT holder_id) FROM p;

-- median age, days
SELECT median((1767196800 - open_time) / 86400) FROM p;

-- opened in the world, share
SELECT avg((open_time > 1767196800)::INT) FROM p;

-- transfers per person
SELECT (SELECT count(*) FROM t) / count(*) FROM p;

-- payments out, median
SELECT median(n) FROM (SELECT count(t.payer) n FROM p LEFT JOIN t ON payer = account_id GROUP BY account_id);

-- payments in, median
SELECT median(n) FROM (SELECT count(t.payee) n FROM p LEFT JOIN t ON payee = account_id GROUP BY account_id);

-- payees, median
SELECT median(n) FROM (SELECT count(DISTINCT payee) n FROM p JOIN t ON payer = account_id GROUP BY account_id);

-- payers, median
SELECT median(n) FROM (SELECT count(DISTINCT payer) n FROM p JOIN t ON payee = account_id GROUP BY account_id);

-- amount among persons, median yuan
SELECT median(amount) / 100 FROM t JOIN p x ON payer = x.account_id JOIN p y ON payee = y.account_id;

-- amount among persons, 95 %
SELECT quantile_cont(amount, .95) / 100 FROM t JOIN p x ON payer = x.account_id JOIN p y ON payee =
y.account_id;

-- of them in whole hundreds
SELECT avg((amount % 10000 = 0)::INT) FROM t JOIN p x ON payer = x.account_id JOIN p y ON payee = y.account_id;

-- cash rows per person
SELECT (SELECT count(*) FROM c) / count(*) FROM p;

-- fast pass-throughs per 1,000 transfers
SELECT 1000 * (SELECT count(*) FROM relayed) / (SELECT count(*) FROM t);

-- of them honest
SELECT 1 - avg(mule::INT) FROM relayed;

-- of them, median hours
SELECT median(hours) FROM relayed;

-- persons who did so
SELECT (SELECT count(DISTINCT account_id) FROM relayed) / count(*) FROM p;

-- identifiers per person
SELECT (SELECT count(*) FROM i) / count(*) FROM p;

-- devices used by several holders
SELECT avg((h > 1)::INT) FROM (SELECT count(DISTINCT holder_id) h FROM i JOIN a USING (account_id) WHERE kind
= 'device' GROUP BY value);

-- phones used by several holders
SELECT avg((h > 1)::INT) FROM (SELECT count(DISTINCT holder_id) h FROM i JOIN a USING (account_id) WHERE kind
= 'phone' GROUP BY value);

-- addresses used by several holders
SELECT avg((h > 1)::INT) FROM (SELECT count(DISTINCT holder_id) h FROM i JOIN a USING (account_id) WHERE kind
= 'ip' GROUP BY value);

-- mules per 1,000 persons
SELECT 1000 * avg(mule::INT) FROM p;

-- rings
SELECT count(DISTINCT ring) FROM ring;

-- members per ring, median
SELECT median(n) FROM (SELECT count(*) n FROM ring GROUP BY ring);

-- mules that acted, share
SELECT avg((account_id IN (SELECT payer FROM t JOIN f USING (txn_id) UNION SELECT payee FROM t JOIN f USING
(txn_id)))::INT) FROM ring;

-- fraud payments per mule that acted, median
SELECT median(n) FROM (SELECT account_id, count(*) n FROM (SELECT DISTINCT txn_id, payer account_id FROM t
JOIN f USING (txn_id) UNION SELECT DISTINCT txn_id, payee FROM t JOIN f USING (txn_id)) JOIN ring USING
(account_id) GROUP BY 1);

-- days between first and last, median
SELECT median(d) FROM (SELECT (max(time) - min(time)) / 86400.0 d FROM (SELECT time, payer account_id FROM t
JOIN f USING (txn_id) UNION SELECT time, payee FROM t JOIN f USING (txn_id)) JOIN ring USING (account_id)
GROUP BY account_id);

-- members sharing a device or phone with a member
SELECT count(DISTINCT x.account_id) / (SELECT count(*) FROM ring) FROM i x JOIN i y ON x.kind = y.kind AND
x.value = y.value AND x.kind <> 'ip' JOIN ring rx ON rx.account_id = x.account_id JOIN ring ry ON
ry.account_id = y.account_id AND ry.ring = rx.ring JOIN a ax ON ax.account_id = x.account_id JOIN a ay ON
ay.account_id = y.account_id AND ax.holder_id <> ay.holder_id;

-- cases
SELECT count(DISTINCT "case") FROM v;

-- victims' payments per ring
SELECT (SELECT count(DISTINCT txn_id) FROM f WHERE depth = 0) / (SELECT count(DISTINCT ring) FROM ring);

-- loss, median yuan
SELECT median(amount) / 100 FROM (SELECT DISTINCT txn_id, amount FROM t JOIN f USING (txn_id) WHERE depth = 0);

-- loss, 90 %
SELECT quantile_cont(amount, .9) / 100 FROM (SELECT DISTINCT txn_id, amount FROM t JOIN f USING (txn_id) WHERE
depth = 0);

-- marked transfers per victim's payment
SELECT count(DISTINCT txn_id) / count(DISTINCT CASE WHEN depth = 0 THEN txn_id END) FROM t JOIN f USING
(txn_id);

-- marked cash per victim's payment
SELECT (SELECT count(DISTINCT txn_id) FROM c JOIN f USING (txn_id)) / (SELECT count(DISTINCT txn_id) FROM f
WHERE depth = 0);

-- hours until it moves on, median
SELECT median(h) FROM (SELECT (min(y.time) - x.time) / 3600.0 h FROM (SELECT DISTINCT t.*, f.depth, "case" k
FROM t JOIN f USING (txn_id)) x JOIN (SELECT DISTINCT t.*, f.depth, "case" k FROM t JOIN f USING (txn_id)) y
ON y.payer = x.payee AND x.k = y.k AND y.depth = x.depth + 1 AND y.time > x.time GROUP BY x.txn_id, x.time);

-- referrals
SELECT count(*) FROM r;

-- mules referred, share
SELECT avg((account_id IN (SELECT account_id FROM r))::INT) FROM ring;

-- hours until referred, median
SELECT median((referred_at - victim_time) / 3600.0) FROM r;

-- hidden mules at day 90 ÷ hidden persons
SELECT avg(mule::INT) FROM p WHERE account_id NOT IN (SELECT account_id FROM r WHERE referred_at <= 1767196800
+ 90 * 86400);
