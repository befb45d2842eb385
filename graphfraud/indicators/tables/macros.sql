/* Shanghai day number of a time, and the number of Monday–Friday days before a day (plain calendar, no public holidays). */
CREATE MACRO day_of(t) AS (t + 28800000000) // 86400000000;
CREATE MACRO workday(d) AS (d + 3) // 7 * 5 + least((d + 3) % 7, 5);
CREATE MACRO is_night(t) AS (t + 28800000000) % 86400000000 < 21600000000;
