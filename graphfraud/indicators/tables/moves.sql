/* Valid credits and debits from outside in all history, one row an account and side: no own-account transfers, no fees
   or interest (tag bits 1 and 2). other = -1: cash. Nothing after T. Lazy: a query scans what it needs. */
CREATE TEMP VIEW moves AS
SELECT payee AS account, payer AS other, flow, time, amount, true AS inward FROM flows
WHERE tag & 3 = 0 AND payee >= 0 AND time <= getvariable('as_of')
UNION ALL
SELECT payer, payee, flow, time, amount, false FROM flows
WHERE tag & 3 = 0 AND payer >= 0 AND time <= getvariable('as_of');
