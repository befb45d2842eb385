/* Number of holders of every identifier that has at least two. */
CREATE TEMP TABLE holders_of AS
SELECT ident, kind, count(DISTINCT holder_key) AS holders
FROM uses GROUP BY ident, kind HAVING holders >= 2;
