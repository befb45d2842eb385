/* Moves of subjects in the longest window that any indicator asks for. */
CREATE TEMP TABLE recent_all AS
SELECT account, other, flow, time, amount, inward
FROM moves
WHERE time > $as_of - $window_days * 86400000000
  AND account IN (SELECT account FROM subjects);
