"""Everyday payments: wages, shops, payment companies, bills, friends, own accounts, cash."""

from __future__ import annotations

import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.ingest.synthetic.flow import (
    BATCH,
    BILL,
    CASH,
    COUNTER,
    DAY,
    LIVING,
    MOBILE,
    ONLINE,
    OWN,
    PENSION,
    QR,
    WAGE,
    YUAN,
    Flow,
    among,
    fixed,
    is_workday,
    joined,
    moments,
    of_day,
    yuan,
)
from graphfraud.ingest.synthetic.people import People

_LINKS = 7.0  # friends of a person


def everyday(who: People) -> list[Flow]:
    """All of it. O(payments log payments)."""
    return [*incomes(who), *shopping(who), *friends(who), *own(who)]


def rows(who: People, accounts: I32, rate: float) -> int:
    """How many payments so many accounts make at a rate per account and 30 days."""
    return round(len(accounts) * rate * who.plan.days / 30)


def incomes(who: People) -> list[Flow]:
    """Wages on a payday of the employer, pensions, allowances from a relative or from another bank."""
    random = who.plan.random(10)
    staff = np.concatenate([who.groups.get(s, _none()) for s in ("worker", "migrant", "juggler")])
    main = staff[who.holder[staff] == staff]  # the holder's first account
    employer = who.groups["employer"][random.integers(0, len(who.groups["employer"]), len(main))]
    pay = yuan(random, len(main), 5_800, 0.42)
    found = [_monthly(who, random, (employer, main), pay, (5 + employer.astype(np.int64) % 11, WAGE))]
    old = who.groups.get("retired", _none())
    fund = np.full(len(old), who.groups["employer"][0])
    found.append(
        _monthly(who, random, (fund, old), yuan(random, len(old), 3_200, 0.35), (np.full(len(old), 15), PENSION))
    )
    young = who.groups.get("student", _none())
    parent = np.where(random.random(len(young)) < 0.5, who.near(random, young), who.elsewhere(random, len(young)))
    when = random.integers(1, 27, len(young))
    found.append(_monthly(who, random, (parent, young), yuan(random, len(young), 1_600, 0.4, 0.8), (when, LIVING)))
    return found


def _none() -> I32:
    return np.zeros(0, np.int32)


def _monthly(
    who: People, random: np.random.Generator, sides: tuple[I32, I32], amount: I64, due: tuple[I64, int]
) -> Flow:
    """One payment every 30 days, moved to the next working day where it is a wage."""
    (on, remark), found = due, []
    for month in range(who.plan.days // 30 + 1):
        day = month * 30 + on
        for _ in range(9 if remark == WAGE else 0):
            day = day + ~is_workday(day)
        drift = (amount * random.uniform(0.95, 1.05, len(amount))).astype(np.int64)
        time = day * DAY + (
            9 * 3600 + random.integers(0, 7200, len(day)) if remark == WAGE else of_day(random, len(day))
        )
        found.append(fixed(time, sides, drift, BATCH if remark != LIVING else MOBILE, remark))
    return joined(found)


def shopping(who: People) -> list[Flow]:
    """Shops by code, payment companies both ways, bills; shops buy from suppliers."""
    random, knobs, days = who.plan.random(11), who.plan.knobs.honest, who.plan.days
    shops, pooled, bills = (who.groups[name] for name in ("merchant", "pooled", "utility"))
    n = rows(who, who.persons, knobs.shop)
    buyer = who.busy(random, who.persons, n)
    usual = (buyer.astype(np.int64) * 7 + random.integers(0, 30, n) ** 2) % len(shops)  # his shops, some more often
    found = [fixed(moments(random, n, days), (buyer, shops[usual]), yuan(random, n, 55, 1.05, 0.2), QR)]
    n = rows(who, who.persons, knobs.wallet)
    sides = (who.busy(random, who.persons, n), pooled[random.integers(0, len(pooled), n)])
    found.append(fixed(moments(random, n, days), sides, yuan(random, n, 70, 1.15, 0.2), ONLINE))
    n = rows(who, who.persons, knobs.wallet_back)
    sides = (pooled[random.integers(0, len(pooled), n)], who.busy(random, who.persons, n))
    found.append(fixed(moments(random, n, days), sides, yuan(random, n, 150, 1.2, 0.4), ONLINE))
    n = rows(who, who.persons, knobs.bills)
    sides = (who.busy(random, who.persons, n), bills[random.integers(0, len(bills), n)])
    found.append(fixed(moments(random, n, days), sides, yuan(random, n, 105, 0.6), BATCH, BILL))
    n = rows(who, shops, 8.0)
    sides = (shops[random.integers(0, len(shops), n)], random.choice(who.groups["supplier"], n))
    found.append(fixed(moments(random, n, days, 0.3), sides, yuan(random, n, 2_000, 0.9), ONLINE))
    return found


def friends(who: People) -> list[Flow]:
    """Pairs that pay each other now and then, some of them new; and payments to somebody once."""
    random, knobs, plan = who.plan.random(12), who.plan.knobs.honest, who.plan
    n = rows(who, who.persons, knobs.friends * (1 - knobs.once))
    pairs = max(1, round(len(who.persons) * _LINKS / 2))
    one = who.busy(random, who.persons, pairs)
    other = who.near(random, one)
    far = random.random(pairs) < 0.15
    other[far] = random.choice(who.persons, int(far.sum()))
    away = random.random(pairs) < knobs.friends_outside
    other[away] = who.elsewhere(random, int(away.sum()))
    usual = yuan(random, pairs, knobs.friend_amount, knobs.friend_spread)
    since = random.integers(-3 * plan.horizon, plan.horizon, pairs)
    pair = np.searchsorted(np.cumsum(weight := random.gamma(0.7, 1.0, pairs)) / weight.sum(), random.random(n))
    pair = np.minimum(pair, pairs - 1)
    time = moments(random, n, plan.days)
    time = np.where(time < since[pair], since[pair] + (time % max(1, plan.horizon // 6)), time)
    back = random.random(n) < random.beta(1.2, 1.2, pairs)[pair]
    sides = (np.where(back, other[pair], one[pair]), np.where(back, one[pair], other[pair]))
    amount = yuan(random, n, 1.0, 0.7) * usual[pair] // YUAN
    found = [fixed(time, sides, _rounded(random, amount, knobs.round), MOBILE, among(random, n))]
    n = rows(who, who.persons, knobs.friends * knobs.once)
    payer, payee = who.busy(random, who.persons, n), random.choice(who.persons, n)
    away = random.random(n) < knobs.friends_outside
    payee[away] = who.elsewhere(random, int(away.sum()))
    flip = away & (random.random(n) < 0.5)
    sides = (np.where(flip, payee, payer), np.where(flip, payer, payee))
    amount = yuan(random, n, knobs.friend_amount, knobs.friend_spread, knobs.round)
    return [*found, fixed(moments(random, n, plan.days), sides, amount, MOBILE, among(random, n))]


def _rounded(random: np.random.Generator, amount: I64, share: float) -> I64:
    raw = np.maximum(amount, YUAN)
    unit = np.where(raw > 300 * YUAN, 10_000, 1_000)
    return np.where(random.random(len(raw)) < share, np.maximum(raw // unit * unit, YUAN), raw)


def own(who: People) -> list[Flow]:
    """Between a holder's accounts; withdrawals and deposits of cash, in hundreds."""
    random, knobs, days = who.plan.random(13), who.plan.knobs.honest, who.plan.days
    second = who.persons[who.holder[who.persons] != who.persons]
    n = rows(who, who.persons, knobs.own)
    pick = random.choice(second, n) if len(second) else _none()
    flip = random.random(len(pick)) < 0.35
    sides = (np.where(flip, pick, who.holder[pick]), np.where(flip, who.holder[pick], pick))
    found = [fixed(moments(random, len(pick), days), sides, yuan(random, len(pick), 600, 1.2, 0.5), MOBILE, OWN)]
    n = rows(who, who.persons, knobs.cash)
    drawn = _hundreds(yuan(random, n, 1_800, 0.7))
    found.append(fixed(moments(random, n, days), (who.busy(random, who.persons, n), _desk(n)), drawn, COUNTER))
    n = rows(who, who.persons, knobs.deposits)
    put = _hundreds(yuan(random, n, 3_000, 0.8))
    found.append(fixed(moments(random, n, days), (_desk(n), who.busy(random, who.persons, n)), put, COUNTER))
    return found


def _desk(n: int) -> I32:
    return np.full(n, CASH, np.int32)


def _hundreds(amount: I64) -> I64:
    return (amount // 10_000 + 1) * 10_000
