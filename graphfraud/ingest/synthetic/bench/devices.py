"""Identifiers: devices and phones of holders, shared ones, shop tablets, IPs up to a carrier's NAT.

Per kind about the planted world's share of identifiers with 2 to 20 holders, or more: devices 3.5 %, phones 1 %,
IPs 14 %. About three uses an account.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import I32, I64
from graphfraud.ingest.synthetic.bench.fraud import Rings
from graphfraud.ingest.synthetic.bench.people import People
from graphfraud.ingest.synthetic.bench.plan import HORIZON, START


@dataclass(frozen=True)
class Uses:
    """Uses of one kind: account and number of the identifier."""

    kind: str
    account: I32
    number: I64


def uses(world: People, rings: Rings) -> list[Uses]:
    """Every identifier use of the world. O(uses)."""
    holders = len(np.unique(world.holder[world.plan.first_person :]))
    device = [*_own(world, 30, 1.0), _shared(world, 31, 0.036 * holders, (0.6, 0.93)), _tablets(world), _ring(rings)]
    phone = [*_own(world, 33, 0.62), _shared(world, 34, 0.0075 * holders, (0.8, 0.99))]
    ip = [*_own(world, 35, 0.62), _shared(world, 36, 0.115 * holders, (0.28, 0.89)), _carriers(world)]
    return [_numbered("device", device), _numbered("phone", phone), _numbered("ip", ip)]


def _numbered(kind: str, parts: list[tuple[I32, I64]]) -> Uses:
    """Number the identifiers of the parts one after the other, one row per account and identifier."""
    account = np.concatenate([p[0] for p in parts])
    shift, numbers = 0, []
    for _, number in parts:
        numbers.append(number + shift)
        shift += int(number.max(initial=-1)) + 1
    key = np.unique(np.concatenate(numbers) * (1 << 32) + account)
    return Uses(kind, (key & 0xFFFFFFFF).astype(np.int32), key >> 32)


def _own(world: People, part: int, share: float) -> list[tuple[I32, I64]]:
    """A holder's own identifier, used with every account of his, for a share of the holders."""
    random = world.plan.random(part)
    persons = np.arange(world.plan.first_person, world.plan.accounts, dtype=np.int32)
    has = random.random(world.plan.accounts) < share
    persons = persons[has[world.holder[persons]]]
    return [(persons, world.holder[persons].astype(np.int64))]


def _shared(world: People, part: int, count: float, sizes: tuple[float, float]) -> tuple[I32, I64]:
    """Identifiers of 2, 3 to 5, 6 to 20 neighbours; `sizes` are the cumulative shares of the first two."""
    random = world.plan.random(part)
    n = max(2, round(count))
    draw = random.random(n)
    size = np.select(
        [draw < sizes[0], draw < sizes[1]], [np.full(n, 2), random.integers(3, 6, n)], random.integers(6, 21, n)
    )
    number = np.repeat(np.arange(n), size)
    centre = world.plan.first_person + random.integers(0, world.plan.persons, n)
    return world.near(random, centre[number].astype(np.int32)), number


def _tablets(world: People) -> tuple[I32, I64]:
    """Devices of shops and agents with 21 to 59 users, one per 1,100 accounts."""
    random = world.plan.random(32)
    n = max(1, world.plan.accounts // 1_100)
    size = random.integers(21, 60, n)
    return world.active(random, int(size.sum())), np.repeat(np.arange(n), size)


def _ring(rings: Rings) -> tuple[I32, I64]:
    """Rings that share use one device for all and one for every four members."""
    size = np.diff(rings.ptr)
    ring = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(rings.member)) - rings.ptr[ring]
    kept = rings.shares[ring]
    pods = ring * 64 + 1 + place // 4
    whole = kept & (place % 3 == 0)
    account = np.concatenate([rings.member[kept], rings.member[whole]])
    raw = np.concatenate([pods[kept], ring[whole] * 64])
    return account, np.unique(raw, return_inverse=True)[1].astype(np.int64)


def _carriers(world: People) -> tuple[I32, I64]:
    """IPs of carriers and campuses: from 5 % of all accounts down, 60 of them."""
    random = world.plan.random(37)
    size = np.maximum((0.05 * world.plan.accounts / np.arange(1, 61) ** 1.05).astype(np.int64), 21)
    drawn = [random.choice(world.plan.persons, int(s), replace=False) + world.plan.first_person for s in size]
    return np.concatenate(drawn).astype(np.int32), np.repeat(np.arange(60), size)


def tables(world: People, rings: Rings) -> Iterator[pa.Table]:
    """The canonical identifiers table, a kind at a time."""
    for part, found in enumerate(uses(world, rings)):
        random = world.plan.random(40 + part)
        n = len(found.account)
        first = START + random.integers(-400 * 86_400, HORIZON - 86_400, n)
        last = np.maximum(first, START) + (random.random(n) * (START + HORIZON - np.maximum(first, START))).astype(
            np.int64
        )
        number = pa.array(found.number).cast(pa.string())
        yield pa.table(
            {
                "account_id": world.account_id.take(pa.array(found.account)),
                "kind": pa.array([found.kind]).take(pa.array(np.zeros(n, np.int32))),
                "value": pc.binary_join_element_wise(found.kind[0], number, ""),
                "first_seen": first,
                "last_seen": last,
                "count": random.poisson(18, n) + 1,
            }
        )
