/* Credits and debits of subjects by working day; a weekend counts with the Monday after it. */
CREATE TEMP TABLE by_workday AS
SELECT account, workday(day_of(time)) AS workday,
       count(*) FILTER (inward) AS n_in,
       count(*) FILTER (NOT inward) AS n_out,
       coalesce(sum(amount) FILTER (inward), 0)::BIGINT AS sum_in,
       coalesce(sum(amount) FILTER (NOT inward), 0)::BIGINT AS sum_out
FROM recent
GROUP BY ALL;
