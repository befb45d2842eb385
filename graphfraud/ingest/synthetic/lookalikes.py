"""Honest people who look guilty: trades that live on others' money, foremen, collectors of dues, feasts, families."""

from __future__ import annotations

import numpy as np

from graphfraud.core.snapshot import F64, I32, I64, Flags
from graphfraud.ingest.synthetic.flow import (
    DAY,
    DUES,
    GIFT,
    GOODS,
    MOBILE,
    ONLINE,
    SETTLED,
    WAGE,
    YUAN,
    Flow,
    among,
    by_day,
    delays,
    fixed,
    joined,
    moments,
    part,
    sensible,
    yuan,
)
from graphfraud.ingest.synthetic.honest import rows
from graphfraud.ingest.synthetic.knobs import Trade
from graphfraud.ingest.synthetic.people import FOREMAN, ORGANISER, People


def gatherings(who: People) -> list[Flow]:
    """What comes in to trades, to collectors of dues, at feasts. O(payments)."""
    found = [_income(who, name, trade, part) for part, (name, trade) in enumerate(who.plan.knobs.trades.items())]
    return [*found, *_dues(who), *_feasts(who)]


def _income(who: People, name: str, trade: Trade, number: int) -> Flow:
    """Strangers, payment companies or other banks' customers pay a tradesman."""
    random, days = who.plan.random(100 + number), who.plan.days
    payee = who.groups.get(name, np.zeros(0, np.int32))
    n = rows(who, payee, trade.income)
    payee = who.busy(random, payee, n)
    n = len(payee)
    if trade.source == "pooled":
        payer, channel, remark = random.choice(who.groups["pooled"], n), ONLINE, np.full(n, SETTLED, np.int8)
    else:
        near = who.busy(random, who.persons, n)
        away = random.random(n) < (0.9 if trade.source == "outside" else 0.45 if len(who.others) else 0.0)
        payer, channel, remark = np.where(away, who.elsewhere(random, n), near), MOBILE, among(random, n)
    again = random.random(n) < 0.12  # a customer who comes back
    payer = np.where(again, np.roll(payer, 1), payer)
    amount = yuan(random, n, trade.amount, trade.spread, who.plan.knobs.honest.round)
    return fixed(moments(random, n, days), (payer.astype(np.int32), payee), amount, channel, remark)


def _dues(who: People) -> list[Flow]:
    """A collector asks 12 to 40 people for the same small sum; most pay within two days; he pays the bill."""
    random, days = who.plan.random(14), who.plan.days
    found = []
    for collector in who.groups.get(ORGANISER, np.zeros(0, np.int32)).tolist():
        members = who.near(random, np.full(int(random.integers(12, 40)), collector, np.int32))
        unit = int(yuan(random, 1, 65, 0.7)[0]) // 500 * 500 + 500
        bill = int(random.choice(who.groups["merchant"]))
        for start in random.choice(days, max(1, round(days * random.uniform(1, 3.5) / 30)), replace=False):
            came = members[random.random(len(members)) < 0.9]
            at = start * DAY + 8 * 3600 + random.exponential(0.5 * DAY, len(came)).astype(np.int64)
            found.append(
                fixed(
                    by_day(random, at),
                    (came, np.full(len(came), collector, np.int32)),
                    np.full(len(came), unit),
                    MOBILE,
                    DUES,
                )
            )
            when = np.array([start * DAY + 2 * DAY + int(random.integers(9, 20)) * 3600])
            sides = (np.array([collector], np.int32), np.array([bill], np.int32))
            found.append(fixed(when, sides, np.array([unit * max(1, int(0.85 * len(came)))]), MOBILE))
    return [joined(found)] if found else []


def _feasts(who: People) -> list[Flow]:
    """Weddings and the like: 20 to 60 gifts in two days, kept for long."""
    random, days = who.plan.random(15), who.plan.days
    hosts = random.choice(who.persons, round(len(who.persons) * who.plan.knobs.honest.feasts / 1000), replace=False)
    guests = random.integers(20, 60, len(hosts))
    host = np.repeat(hosts, guests).astype(np.int32)
    day = np.repeat(random.integers(0, days, len(hosts)), guests)
    time = by_day(random, day * DAY + 9 * 3600 + random.exponential(0.4 * DAY, len(host)).astype(np.int64))
    amount = random.choice((200, 300, 500, 600, 800, 1_000), len(host)) * YUAN
    return [fixed(time, (who.near(random, host), host), amount, MOBILE, GIFT)]


def crews(who: People) -> tuple[Flow, Flow] | None:
    """(a company's payments to foremen every second week, what foremen pay their crews out of them)."""
    random, days = who.plan.random(16), who.plan.days
    foremen = who.groups.get(FOREMAN, np.zeros(0, np.int32))
    heads = random.integers(5, 16, len(foremen))
    rounds = np.arange(int(random.integers(3, 10)), days, 14)
    if not len(foremen) or not len(rounds):
        return None
    boss = np.tile(foremen, len(rounds))
    company = np.tile(random.choice(who.groups["employer"], len(foremen)), len(rounds))
    day = np.repeat(rounds, len(foremen)) + random.integers(0, 3, len(boss))
    sums = np.tile(heads, len(rounds)) * yuan(random, len(boss), 2_300, 0.15, 1.0)
    base = fixed(day * DAY + 9 * 3600 + random.integers(0, 7 * 3600, len(boss)), (company, boss), sums, ONLINE, SETTLED)
    members = {int(f): who.near(random, np.full(h, f, np.int32)) for f, h in zip(foremen, heads, strict=True)}
    row = np.repeat(np.arange(len(boss)), np.tile(heads, len(rounds)))
    crew = np.concatenate([members[int(f)] for f in boss])
    share = 0.94 / np.tile(heads, len(rounds))[row] * random.uniform(0.9, 1.05, len(row))
    time = by_day(random, base.time[row] + delays(random, len(row), 2.5, 0.9))
    return base, part(time, (boss[row], crew), row, share, WAGE)


def passed_on(who: People, flow: Flow, start: int, number: int) -> Flow:
    """What goes on within hours of the payments from row `start`: trades by their habit, others now and then."""
    random, knobs = who.plan.random(number), who.plan.knobs
    rate = np.zeros(len(who))
    person = np.zeros(len(who), dtype=bool)
    person[who.persons] = True
    rate[who.persons] = knobs.honest.pass_on * random.lognormal(-0.5, 1.0, len(who.persons))
    for name, trade in knobs.trades.items():
        rate[who.groups.get(name, [])] = trade.pass_on
    rate[who.groups.get("juggler", [])] = knobs.honest.juggled
    rate[who.groups.get(ORGANISER, [])] = 0.0
    rate[who.groups.get(FOREMAN, [])] = 0.0
    came = np.arange(start, len(flow))
    payer, payee = flow.payer[came], flow.payee[came]
    named = (payer >= 0) & (payee >= 0) & (flow.amount[came] > 20 * YUAN) | (flow.origin[came] >= 0)
    trading = np.isin(np.array(who.stratum)[payee], [*knobs.trades, "juggler"])
    from_people = person[payer] | np.isin(payer, who.others)
    came = came[named & person[payee] & (from_people | trading) & (random.random(len(came)) < rate[payee])]
    return _on(who, flow, came, random)


def _on(who: People, flow: Flow, came: I64, random: np.random.Generator) -> Flow:
    """Each of these payments passed on by its payee."""
    relay = flow.payee[came]
    hours, low, high = np.full(len(came), who.plan.knobs.honest.pass_hours), np.full(len(came), 0.5), np.ones(len(came))
    target = np.where(random.random(len(came)) < 0.5, who.near(random, relay), who.elsewhere(random, len(came)))
    names = np.array(who.stratum)[relay]
    for name, trade in who.plan.knobs.trades.items():
        mine = names == name
        hours[mine], low[mine], high[mine] = trade.hours, trade.low, trade.high
        target[mine] = _partners(who, trade, relay[mine], random)
    time = flow.time[came] + (delays(random, len(came), 1.0, 1.0) * hours).astype(np.int64)
    remark = np.where(names == "owner", GOODS, among(random, len(came))).astype(np.int8)
    share: F64 = random.uniform(low, high)
    whole: Flags = random.random(len(came)) < 0.2
    made = part(by_day(random, time), (relay, target.astype(np.int32)), came, np.where(whole, 1.0, share), remark)
    return made.where(sensible(made, who.plan.horizon) & (who.holder[target] != who.holder[relay]))


def _partners(who: People, trade: Trade, relay: I32, random: np.random.Generator) -> I32:
    """The partner each pays: always the same few for a tradesman. Half of the wholesalers are persons."""
    wholesale = who.groups["supplier"]
    pools = {
        "supplier": np.concatenate([wholesale, who.street[: len(wholesale)]]),
        "outside": who.others if len(who.others) else who.persons,
        "person": who.persons,
    }
    pool = pools[trade.to]
    which = random.integers(0, trade.partners, len(relay))
    found: I32 = pool[(relay.astype(np.int64) * 7919 + which * 104_729) % 1_000_003 % len(pool)]
    return found
