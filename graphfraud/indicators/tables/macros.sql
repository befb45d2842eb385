/* Shanghai day number of a time, and the number of working days before a day (core.workdays: holidays and 调休). */
CREATE MACRO day_of(t) AS (t + 28800000000) // 86400000000;
CREATE MACRO workday(d) AS (d + 3) // 7 * 5 + least((d + 3) % 7, 5) + getvariable('holidays')[
    1 + least(greatest(d - getvariable('first_holiday'), 0), len(getvariable('holidays')) - 1)];
CREATE MACRO is_night(t) AS (t + 28800000000) % 86400000000 < 21600000000;
