"""Rings: who belongs to which, in what role, since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.ingest.synthetic.flow import DAY
from graphfraud.ingest.synthetic.knobs import Style
from graphfraud.ingest.synthetic.people import People

COLLECTOR, RELAY, CASHOUT, DORMANT, FRONT = "collector", "relay", "cashout", "dormant", "front"


@dataclass(frozen=True)
class Ring:
    """One ring. Times are seconds after the start.

    members   at the bank; `layer` of each: 0 collectors, up to `layers` − 1; −1 dormant. Then the members elsewhere
    joined    when each joined; `until` when he is not used any more
    shares    whether members share devices
    """

    number: int
    style_name: str
    style: Style
    born: int
    members: I32
    layer: I32
    role: tuple[str, ...]
    joined: I64
    until: I64
    elsewhere: I32
    elsewhere_layer: I32
    layers: int
    shares: bool


def rings(who: People) -> list[Ring]:
    """Rings of distinct persons, drawn from all of them. O(accounts)."""
    random, knobs, plan = who.plan.random(20), who.plan.knobs, who.plan
    count = max(2, round(plan.accounts * knobs.rings.per_1000 / 1000))
    names = list(knobs.styles)
    weight = np.array([knobs.styles[name].weight for name in names])
    turns = np.resize(
        np.repeat(np.arange(len(names)), np.maximum(1, np.round(weight / weight.sum() * count).astype(int))), count
    )
    style = random.permutation(turns)
    size = np.clip(random.lognormal(np.log(knobs.rings.size), knobs.rings.size_spread, count), 3, 60).astype(int)
    pool, free = random.permutation(who.persons), random.permutation(who.others)
    found, used = [], 0
    for number in range(count):
        n = min(int(size[number]), len(pool) - used)
        away = free[: round(n * knobs.rings.outside)]
        free = free[len(away) :]
        found.append(_ring(who, random, (number, names[int(style[number])]), pool[used : used + n], away))
        used += n
    return found


def _ring(who: People, random: np.random.Generator, which: tuple[int, str], members: I32, away: I32) -> Ring:
    knobs, plan, n = who.plan.knobs.rings, who.plan, len(members)
    style = plan.knobs.styles[which[1]]
    born = int(random.integers(knobs.first_day * DAY, (plan.days - knobs.last_day) * DAY))
    layers = min(n, int(random.integers(2, style.layers + 1)))
    layer = _layers(random, n, layers)
    layer[layers + random.permutation(max(0, n - layers))[: round(n * knobs.dormant)]] = -1
    joined = born + (random.exponential(knobs.recruit_days, n) * DAY).astype(np.int64)
    joined[: layers + 1] = born
    until = joined + (random.exponential(knobs.in_use_days, n) * DAY).astype(np.int64) + DAY
    if style.front and n > 4:
        layer[n - 1] = layers - 1
    role = tuple(_role(int(at), layers, style.front > 0 and n > 4 and i == n - 1) for i, at in enumerate(layer))
    away_layer = random.integers(1, max(2, layers), len(away)).astype(np.int32)
    shares = bool(random.random() < knobs.shared)
    return Ring(*which, style, born, members, layer, role, joined, until, away, away_layer, layers, shares)


def _layers(random: np.random.Generator, n: int, layers: int) -> I32:
    """A layer for each: a quarter collects, every layer has somebody where there are enough."""
    weight = np.array([0.28, *([0.36] * (layers - 2)), 0.42])
    drawn = random.choice(layers, n, p=weight / weight.sum()).astype(np.int32)
    drawn[: min(n, layers)] = np.arange(min(n, layers))
    return drawn


def _role(layer: int, layers: int, front: bool) -> str:
    if front:
        return FRONT
    if layer < 0:
        return DORMANT
    return COLLECTOR if layer == 0 else CASHOUT if layer == layers - 1 else RELAY


def recruited(who: People, found: list[Ring]) -> tuple[I64, I64]:
    """(opened: when every account was opened, with the mules' fresh ones; when every mule joined, else −1 far away)."""
    random, knobs = who.plan.random(21), who.plan.knobs.rings
    opened = who.opened.copy()
    joined = np.full(len(who), np.iinfo(np.int64).max, np.int64)
    for ring in found:
        joined[ring.members] = ring.joined
        newly = random.random(len(ring.members)) < knobs.fresh
        before = (random.exponential(knobs.fresh_days / 2, len(ring.members)) * DAY).astype(np.int64)
        opened[ring.members[newly]] = (ring.joined - before - DAY)[newly]
    return opened, joined
