"""Identifiers: devices and phones of holders, families, shops; addresses of homes, the campus, carriers; rings'."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import I8, I32, I64
from graphfraud.ingest.synthetic.flow import DAY, START
from graphfraud.ingest.synthetic.people import People
from graphfraud.ingest.synthetic.rings import Ring

DEVICE, PHONE, IP = range(3)
_KINDS = ("device", "phone", "ip")


@dataclass(frozen=True)
class Uses:
    """One row per account and identifier; `number` counts within a kind, `since` is seconds after the start."""

    kind: I8
    account: I32
    number: I64
    since: I64


def uses(who: People, found: list[Ring], opened: I64) -> Uses:
    """Every use of the world. O(accounts)."""
    theirs = _rings(who, found)
    parts = [*_own(who, opened, who.holder[theirs[0][1]]), *_shared(who, opened), *_addresses(who, opened), *theirs]
    kind = np.concatenate([np.full(len(p[1]), p[0], np.int8) for p in parts])
    account = np.concatenate([p[1] for p in parts]).astype(np.int32)
    start, numbers = 0, []
    for _, _, number, _ in parts:
        numbers.append(number + start)
        start += int(number.max(initial=-1)) + 1
    number, since = np.concatenate(numbers), np.concatenate([p[3] for p in parts])
    keep = since < who.plan.horizon
    kind, account, number, since = kind[keep], account[keep], number[keep], since[keep]
    key = number * len(who) + account
    order = np.lexsort((since, key))
    first = order[np.concatenate([[True], np.diff(key[order]) > 0])] if len(order) else order
    return Uses(kind[first], account[first], number[first], since[first])


_Part = tuple[int, I32, I64, I64]


def _since(random: np.random.Generator, opened: I64) -> I64:
    """When an identifier was first seen: some time after the account was opened, at most 400 days before the world."""
    begin = np.maximum(opened, -400 * DAY)
    found: I64 = begin + (random.beta(0.6, 2.5, len(begin)) * np.maximum(100 * DAY - begin, DAY)).astype(np.int64)
    return found


def _own(who: People, opened: I64, podded: I32) -> list[_Part]:
    """A holder's device, perhaps newer ones, and his phone, each used for all his accounts."""
    random, knobs, persons = who.plan.random(40), who.plan.knobs.identifiers, who.persons
    holder = who.holder[persons].astype(np.int64)
    phone = random.random(len(persons)) < knobs.phones
    since = _since(random, opened[persons])
    found = [(DEVICE, persons, holder, since), (PHONE, persons[phone], holder[phone], since[phone])]
    changes = random.poisson(knobs.rotated, len(who))
    changes[podded] = np.maximum(changes[podded] - 1, 0)  # the ring's device is the newer one
    for nth in range(int(changes.max(initial=0))):
        later = random.integers(-200 * DAY, who.plan.horizon, len(who))[holder]
        has = changes[holder] > nth
        found.append((DEVICE, persons[has], holder[has], np.maximum(later, opened[persons])[has]))
    return found


def _shared(who: People, opened: I64) -> list[_Part]:
    """A relative's device, now and then with the phone; devices of shops and agents with 5 to 50 customers."""
    random, knobs = who.plan.random(41), who.plan.knobs.identifiers
    n = round(len(who.persons) * knobs.family / 2)
    one = random.choice(who.persons, n)
    other = who.near(random, one)
    third = random.random(n) < 0.2
    account = np.concatenate([one, other, who.near(random, one[third])])
    number = np.concatenate([np.arange(n), np.arange(n), np.flatnonzero(third)])
    begun = random.integers(-300 * DAY, who.plan.horizon, n)[number]
    since = np.maximum(begun + random.integers(0, 20 * DAY, len(number)), opened[account])
    both = random.random(n)[number] < 0.12
    tablets = max(1, round(len(who.persons) * knobs.tablets / 1000))
    size = np.minimum(random.lognormal(np.log(11), 0.7, tablets).astype(int) + 3, 60)
    users = who.busy(random, who.persons, int(size.sum()))
    at = random.integers(-200 * DAY, who.plan.horizon, len(users))
    return [
        (DEVICE, account, number, since),
        (PHONE, account[both], number[both], since[both]),
        (DEVICE, users, np.repeat(np.arange(tablets), size), np.maximum(at, opened[users])),
    ]


def _addresses(who: People, opened: I64) -> list[_Part]:
    """Addresses at home, some shared with neighbours, on campus, of carriers."""
    random, knobs, persons = who.plan.random(42), who.plan.knobs.identifiers, who.persons
    place = who.place[persons].astype(np.int64)
    found: list[_Part] = []
    for _ in range(3):
        has = random.random(len(persons)) < 0.75
        home = np.where(random.random(len(who))[place] < knobs.neighbours, place // 3 * 3, place)  # or with a neighbour
        found.append((IP, persons[has], home[has], _since(random, opened[persons[has]])))
    student = who.groups.get("student", np.zeros(0, np.int32))
    on = student[random.random(len(student)) < knobs.campus]
    found.append((IP, on, on.astype(np.int64) % 3, _since(random, opened[on])))
    weight = np.cumsum(1 / np.arange(1, knobs.nat + 1))
    for _ in range(2):
        there = persons[random.random(len(persons)) < 0.6]
        number = np.searchsorted(weight / weight[-1], random.random(len(there))).astype(np.int64)
        found.append((IP, there, number, _since(random, opened[there])))
    return found


def _rings(who: People, found: list[Ring]) -> list[_Part]:
    """Members of rings that share use one device for a few of them, from about when each joined."""
    random, knobs = who.plan.random(43), who.plan.knobs.rings
    account, number, since, phones = [], [], [], []
    pods = 0
    for ring in found:
        if not ring.shares:
            continue
        order = random.permutation(len(ring.members))
        for begin in range(0, len(order), knobs.pod):
            pod = order[begin : begin + knobs.pod]
            pod = pod[random.random(len(pod)) < 0.85]
            account += ring.members[pod].tolist()
            number += [pods] * len(pod)
            since += (ring.joined[pod] + random.integers(-5 * DAY, 10 * DAY, len(pod))).tolist()
            phones += [random.random() < knobs.phones] * len(pod)
            pods += 1
    rows = (np.array(account, np.int32), np.array(number, np.int64), np.array(since, np.int64))
    also = np.array(phones, dtype=bool)
    return [(DEVICE, *rows), (PHONE, rows[0][also], rows[1][also], rows[2][also])]


def table(who: People, found: Uses) -> pa.Table:
    """The canonical identifiers table, in random order; values do not tell what they were made for. O(uses)."""
    random, horizon, n = who.plan.random(44), who.plan.horizon, len(found.account)
    numbers, inverse = np.unique(found.number, return_inverse=True)
    value = (
        10_000_000_000 + random.permutation(len(numbers)).astype(np.int64) * 61 + random.integers(0, 61, len(numbers))
    )
    begin = np.maximum(found.since, 0)
    last = begin + (random.beta(3.0, 0.8, n) * (horizon - 1 - begin)).astype(np.int64)
    prefix = pa.array(["d", "p", "i"]).take(pa.array(found.kind))
    whole = pa.table(
        {
            "account_id": who.account_id.take(pa.array(found.account)),
            "kind": pa.array(_KINDS).take(pa.array(found.kind)),
            "value": pa.compute.binary_join_element_wise(prefix, pa.array(value[inverse]).cast(pa.string()), ""),
            "first_seen": START + found.since,
            "last_seen": START + last,
            "count": 1 + random.poisson(np.maximum(1, (last - begin) / DAY / 4)),
        }
    )
    return whole.take(pa.array(random.permutation(n)))
