"""Rings: members in layers, cases that run through them, cash at the end, referrals by the police."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.snapshot import F64, I8, I32, I64, Flags
from graphfraud.ingest.synthetic.bench.people import People
from graphfraud.ingest.synthetic.bench.plan import DAYS, HORIZON, HUBS, BenchPlan
from graphfraud.ingest.synthetic.bench.stream import MOBILE, Stream, day_time, dwell, joined, money, part_of, stream

_CASES, _PAYMENTS = 13.3, 0.47  # cases per ring, payments per case beyond the first
#: share of a ring in each layer, by number of layers; what is left is dormant
_LAYERS = {2: (0.25, 0.65), 3: (0.2, 0.32, 0.38), 4: (0.2, 0.2, 0.15, 0.35)}
_CASHED = 0.55  # share of the money that ends as cash


@dataclass(frozen=True)
class Rings:
    """Members of ring r: member[ptr[r]:ptr[r + 1]]; its layer l is members bound[r, l] to bound[r, l + 1]."""

    ptr: I64
    member: I32
    bound: I64
    layers: I64
    fast: Flags
    shares: Flags  # members share devices
    born: F64  # day


@dataclass(frozen=True)
class Fraud:
    """Fraud payments with their case and depth; cash withdrawals; who was the victim of a case."""

    payments: Stream
    case: I32
    depth: I8
    cash_account: I32
    cash_amount: I64
    cash_time: I64
    case_ring: I32
    victim_payments: Stream  # depth 0
    victim_case: I32


def rings(world: People) -> Rings:
    """Draw rings and their members, every account in at most one. O(accounts)."""
    plan, random = world.plan, world.plan.random(20)
    size = np.clip(random.lognormal(np.log(12.3), 0.62, plan.rings).round().astype(np.int64), 4, 56)
    ptr = np.concatenate([[0], np.cumsum(size)])
    member = (random.permutation(plan.persons)[: ptr[-1]] + plan.first_person).astype(np.int32)
    layers = np.minimum(random.choice((2, 3, 3, 4), plan.rings), size - 2)
    bound = np.zeros((plan.rings, 5), dtype=np.int64)
    for number, shares in _LAYERS.items():
        for layer, end in enumerate(np.cumsum(shares), start=1):
            rows = layers == number
            bound[rows, layer] = np.maximum(np.floor(end * size[rows]).astype(np.int64), bound[rows, layer - 1] + 1)
    fast, shared = random.random(plan.rings) < 0.55, random.random(plan.rings) < 0.45
    return Rings(ptr, member, bound, layers, fast, shared, random.uniform(0, 78, plan.rings))


def roles(found: Rings) -> list[str]:
    """Role of every member, in their order."""
    size = np.diff(found.ptr)
    ring = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(found.member)) - found.ptr[ring]
    layer = (place[:, None] >= found.bound[ring, 1:]).sum(axis=1)
    # bounds of layers that a ring does not have are 0, so every member lies behind them
    layer -= 4 - found.layers[ring]
    last = found.layers[ring]
    names = np.select([layer >= last, layer == last - 1, layer == 0], ["dormant", "cashout", "collector"], "relay")
    chosen: list[str] = names.tolist()
    return chosen


def _of_layer(random: np.random.Generator, found: Rings, ring: I64, layer: int) -> I32:
    """A random member of a layer of each ring."""
    low, high = found.bound[ring, layer], found.bound[ring, layer + 1]
    place = low + (random.random(len(ring)) * (high - low)).astype(np.int64)
    chosen: I32 = found.member[found.ptr[ring] + place]
    return chosen


def fraud(world: People, found: Rings) -> Fraud:
    """Run cases through the rings. O(fraud payments)."""
    random = world.plan.random(21)
    case_ring = np.repeat(np.arange(len(found.layers)), random.poisson(_CASES, len(found.layers))).astype(np.int32)
    begins = found.born[case_ring] + random.random(len(case_ring)) * np.minimum(45, DAYS - 1 - found.born[case_ring])
    begin = begins.astype(np.int64) * 86_400 + day_time(random, len(case_ring))
    victims = _victims(world, random, len(case_ring), found)
    case = np.repeat(np.arange(len(case_ring)), 1 + random.poisson(_PAYMENTS, len(case_ring))).astype(np.int32)
    collector = _of_layer(random, found, case_ring[case].astype(np.int64), 0)
    time = begin[case] + random.integers(0, 3600, len(case))
    first = stream((victims[case], collector), money(random, len(case), 106_506, 1.4), time, MOBILE)
    parts, cases, depths, ends = [first], [case], [np.zeros(len(case), np.int8)], []
    for layer in range(1, 4):
        ring = case_ring[cases[-1]].astype(np.int64)
        goes_on = found.layers[ring] > layer
        ends.append((parts[-1].where(~goes_on), cases[-1][~goes_on], layer))
        moved, its = _layer(random, found, parts[-1].where(goes_on), case_ring, (cases[-1][goes_on], layer))
        parts, cases, depths = [*parts, moved], [*cases, its], [*depths, np.full(len(its), layer, np.int8)]
    ends.append((parts[-1], cases[-1], 4))
    return _closed(world, random, (parts, cases, depths), ends, (case_ring, first, case))


def _victims(world: People, random: np.random.Generator, size: int, found: Rings) -> I32:
    """Persons outside every ring."""
    mule = np.zeros(world.plan.accounts, dtype=bool)
    mule[found.member] = True
    drawn = world.active(random, 2 * size)
    drawn = drawn[~mule[drawn]]
    chosen: I32 = drawn[:size]
    return chosen


def _layer(
    random: np.random.Generator, found: Rings, source: Stream, case_ring: I32, at: tuple[I32, int]
) -> tuple[Stream, I32]:
    """Pass every payment on to the next layer in one or two parts."""
    case, layer = at
    parts = 1 + (random.random(len(source)) < (0.65, 0.35, 0.2)[layer - 1])
    row = np.repeat(np.arange(len(source)), parts)
    ring = case_ring[case[row]].astype(np.int64)
    hours = np.where(found.fast[ring], 0.4, 9.0)
    amount = part_of(random, source.amount[row] // parts[row], 0.85, 1.0)
    payee = _of_layer(random, found, ring, layer)
    moved = stream((source.payee[row], payee), amount, source.time[row] + dwell(random, hours, len(row)), MOBILE)
    keep = (moved.time < HORIZON) & (moved.payer != moved.payee)
    return moved.where(keep), case[row][keep]


def _closed(
    world: People,
    random: np.random.Generator,
    moved: tuple[list[Stream], list[I32], list[I8]],
    ends: list[tuple[Stream, I32, int]],
    first: tuple[I32, Stream, I32],
) -> Fraud:
    """What arrives in the last layer leaves as cash or goes to shops and strangers."""
    parts, cases, depths = moved
    arrived = joined([e[0] for e in ends])
    case = np.concatenate([e[1] for e in ends])
    depth = np.concatenate([np.full(len(e[0]), e[2], np.int8) for e in ends])
    as_cash = random.random(len(arrived)) < _CASHED
    time = arrived.time + dwell(random, 1.5, len(arrived))
    amount = part_of(random, arrived.amount, 0.8, 1.0)
    cash = as_cash & (time < HORIZON)
    out = _exits(world.plan, random, arrived.payee)
    leaving = stream((arrived.payee, out), amount, time, MOBILE)
    keep = ~as_cash & (time < HORIZON) & (leaving.payer != leaving.payee)
    whole = joined([*parts, leaving.where(keep)])
    return Fraud(
        whole,
        np.concatenate([*cases, case[keep]]),
        np.concatenate([*depths, depth[keep]]),
        arrived.payee[cash],
        (amount[cash] // 10_000 + 1) * 10_000,
        time[cash],
        first[0],
        first[1],
        first[2],
    )


def _exits(plan: BenchPlan, random: np.random.Generator, payer: I32) -> I32:
    shop = random.integers(HUBS, HUBS + plan.merchants, len(payer))
    stranger = random.integers(plan.first_person, plan.accounts, len(payer))
    return np.where(random.random(len(payer)) < 0.6, shop, stranger).astype(np.int32)
