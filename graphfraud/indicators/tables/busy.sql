/* Accounts with more moves in the window than a person makes: left out, and counted. */
CREATE TEMP TABLE busy AS
SELECT account FROM recent_all GROUP BY account HAVING count(*) > $max_moves;
