"""Honest payments: hubs, shops, wages, people among themselves, money passed on."""

from __future__ import annotations

import numpy as np

from graphfraud.core.snapshot import I32
from graphfraud.ingest.synthetic.bench.people import People
from graphfraud.ingest.synthetic.bench.plan import DAYS, HUBS, hub_kind
from graphfraud.ingest.synthetic.bench.stream import (
    BATCH,
    GATEWAY,
    MOBILE,
    OWN,
    QR,
    SALARY,
    WEB,
    Stream,
    any_time,
    day_time,
    dwell,
    joined,
    money,
    part_of,
    stream,
)

SHOPS, WAGES, OWN_ACCOUNT, PASSED_ON, SPENT = 0.13, 0.05, 0.02, 0.045, 0.05
_REPEAT = 0.72  # of a geometric number of payments per pair of friends
_NEIGHBOUR = 0.7  # friends who live near


def hubs(world: People) -> list[Stream]:
    """20 hubs with 1 to 3 % of all transfers each."""
    plan, random = world.plan, world.plan.random(10)
    found = []
    for hub in range(HUBS):
        size = plan.share(0.01 + 0.02 * hub / (HUBS - 1))
        kind = hub_kind(hub)
        if kind == "company":
            found += _pays_out(world, random, hub, size)
            continue
        people = world.active(random, size)
        hub_side = np.full(size, hub, np.int32)
        out = random.random(size) < (0.4 if kind == "pooled" else 0.0)
        sides = (np.where(out, hub_side, people), np.where(out, people, hub_side))
        found.append(stream(sides, money(random, size, 9_818, 1.28), any_time(random, size), GATEWAY))
    return found


def _pays_out(world: People, random: np.random.Generator, hub: int, size: int) -> list[Stream]:
    """A third of the payments are monthly wages of fixed staff, the others single refunds and commissions."""
    monthly = size // 3
    single = size - monthly
    people = world.active(random, single)
    once = stream((np.full(single, hub), people), money(random, single, 20_000, 1.2), any_time(random, single), WEB)
    return [once, _monthly(world, random, np.full(monthly // 3, hub, np.int32))]


def _monthly(world: People, random: np.random.Generator, employer: I32) -> Stream:
    """Three wages for one person per entry of `employer`, a month apart."""
    people = world.active(random, len(employer))
    wage = money(random, len(employer), 600_910, 0.45)
    payday = random.integers(3, 28, int(employer.max(initial=0)) + 1)[employer]
    parts = [
        stream(
            (employer, people),
            part_of(random, wage, 0.97, 1.0),
            (payday + 30 * month) * 86_400 + day_time(random, len(employer)),
            BATCH,
            SALARY,
        )
        for month in range(DAYS // 30)
    ]
    return joined(parts)


def wages(world: People) -> Stream:
    """Wages of the ordinary employers."""
    plan, random = world.plan, world.plan.random(11)
    size = plan.share(WAGES) // 3
    first = HUBS + plan.merchants
    return _monthly(world, random, random.integers(first, first + plan.employers, size).astype(np.int32))


def shops(world: People) -> Stream:
    """Payments to shops; half of them to one of the few shops near by, so they repeat."""
    plan, random = world.plan, world.plan.random(12)
    size = plan.share(SHOPS)
    people = world.active(random, size)
    home = (people - plan.first_person).astype(np.int64) * plan.merchants // plan.persons
    local = (home + random.integers(0, 12, size)) % plan.merchants
    any_shop = (random.random(size) ** 3 * plan.merchants).astype(np.int64)  # heavy-tailed
    shop = np.where(random.random(size) < 0.5, local, any_shop) + HUBS
    return stream((people, shop.astype(np.int32)), money(random, size, 7_336, 1.1), any_time(random, size), QR)


def own(world: People) -> Stream:
    """Transfers between the two accounts of a holder."""
    plan, random = world.plan, world.plan.random(13)
    second = np.flatnonzero(world.holder[1:] == world.holder[:-1]).astype(np.int32) + 1
    size = plan.share(OWN_ACCOUNT)
    pick = second[random.integers(0, len(second), size)]
    back = random.random(size) < 0.4
    sides = (np.where(back, pick, pick - 1), np.where(back, pick - 1, pick))
    return stream(sides, money(random, size, 54_507, 1.3), any_time(random, size), MOBILE, OWN)


def friends(world: People, size: int, part: int = 14) -> Stream:
    """Exactly `size` payments among people: pairs by activity, most of them near, a geometric number each."""
    random = world.plan.random(part)
    pairs = round(size * _REPEAT) + 1
    a = world.active(random, pairs)
    b = np.where(random.random(pairs) < _NEIGHBOUR, world.near(random, a), world.active(random, pairs))
    times = random.geometric(_REPEAT, pairs)
    row = np.repeat(np.arange(pairs), times)[:size]
    row = np.concatenate([row, random.integers(0, pairs, size - len(row))])
    row = row[a[row] != b[row]]
    row = np.concatenate([row, _again(random, row, size)])
    back = random.random(size) < 0.2
    sides = (np.where(back, b[row], a[row]), np.where(back, a[row], b[row]))
    return stream(sides, money(random, size, 23_074, 1.4), any_time(random, size), MOBILE)


def _again(
    random: np.random.Generator, row: np.ndarray[tuple[int], np.dtype[np.int64]], size: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return row[random.integers(0, len(row), size - len(row))]


def passed_on(world: People, source: Stream) -> Stream:
    """Money that honest people pass on: rent shared, family, foremen, goods bought for others; and wages spent at once.

    `source` holds payments to persons; a payment passed on is a share of one of them, hours later.
    """
    plan, random = world.plan, world.plan.random(15)
    to_person = np.flatnonzero(source.payee >= plan.first_person)
    picked = source.where(to_person[random.integers(0, len(to_person), plan.share(PASSED_ON))])
    on = _on(world, random, picked, 6.0)
    further = _on(world, random, on.where(np.flatnonzero(random.random(len(on)) < 0.15)), 4.0)
    spenders = source.where(to_person[random.integers(0, len(to_person), plan.share(SPENT))])
    shop = (HUBS + random.integers(0, plan.merchants, len(spenders))).astype(np.int32)
    amount = np.minimum(money(random, len(spenders), 9_000, 1.1), spenders.amount)
    spent = stream((spenders.payee, shop), amount, spenders.time + dwell(random, 7.0, len(spenders)), QR)
    return joined([on, further, spent]).within()


def _on(world: People, random: np.random.Generator, source: Stream, hours: float) -> Stream:
    payer = source.payee
    far = random.random(len(payer)) < 0.3
    payee = np.where(far, world.active(random, len(payer)), world.near(random, payer))
    time = source.time + dwell(random, hours, len(payer))
    return stream((payer, payee.astype(np.int32)), part_of(random, source.amount, 0.4, 1.0), time, MOBILE).within()
