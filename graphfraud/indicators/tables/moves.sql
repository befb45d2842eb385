/* Valid credits and debits from outside, one row an account and side: no own-account transfers, no fees or interest
   (tag bits 1 and 2). other = -1: cash. Nothing after T. Lazy: every query scans what it needs. */
CREATE TEMP VIEW moves AS
SELECT payee AS account, payer AS other, flow, time, amount, true AS inward FROM transfers
WHERE tag & 3 = 0 AND time <= getvariable('as_of')
UNION ALL
SELECT payer, payee, flow, time, amount, false FROM transfers
WHERE tag & 3 = 0 AND time <= getvariable('as_of')
UNION ALL
SELECT account, -1, flow, time, abs(amount), amount < 0 FROM cash
WHERE amount <> 0 AND time <= getvariable('as_of');
