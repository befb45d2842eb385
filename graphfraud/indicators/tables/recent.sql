CREATE TEMP VIEW recent AS
SELECT * FROM recent_all WHERE account NOT IN (SELECT account FROM busy);
