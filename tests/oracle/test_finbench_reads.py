"""Every FinBench read against its definition in plain Python, on small dense worlds."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from finbench_kit import Link, Plain, World
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.trace.finbench import READS, Order, ask

#: 62-bit ids, far beyond what a double can hold; neighbours differ by one
BASE = 4_643_774_990_406_124_978
ACCOUNTS = [BASE + i for i in range(7)]
LOANS = [2**53 + 1, 2**53 + 2]
PERSONS = [1, 2]
MEDIA = {7: ("MAC", True), 8: ("RFID", False), 9: ("POS", True)}
AMOUNTS = [1, 2, 3, 50, 99, 100, 150, 12_345]  # minor units; equal amounts are common
LAST = 12  # ms: equal times are common
EXAMPLES = 60


def links(r: random.Random, source: list[int], target: list[int], size: int) -> list[Link]:
    drawn = [(r.choice(source), r.choice(target), r.randint(0, LAST), r.choice(AMOUNTS)) for _ in range(size)]
    return [link for link in drawn if link[0] != link[1]]


def world(r: random.Random) -> World:
    some = r.sample(ACCOUNTS, r.randint(3, len(ACCOUNTS)))
    return World(
        accounts={a: r.random() < 0.4 for a in r.sample(ACCOUNTS, len(ACCOUNTS))},
        transfers=links(r, some, some, r.choice([0, 8, 30, 50])),
        withdrawals=links(r, some, some, r.randint(0, 16)),
        persons={p: r.sample(ACCOUNTS, r.randint(0, 3)) for p in PERSONS},
        media=dict(MEDIA),
        uses=[(r.choice(list(MEDIA)), r.choice(some), r.randint(0, LAST)) for _ in range(r.randint(0, 10))],
        loans={n: (r.randint(1, 700), r.randint(0, 700)) for n in LOANS},
        deposits=links(r, LOANS, some, r.randint(0, 8)),
        repayments=links(r, some, LOANS, r.randint(0, 8)),
    )


def params(r: random.Random, read: str, found: World) -> dict[str, Any]:
    asked: dict[str, Any] = {"startTime": r.randint(-1, 3), "endTime": r.randint(8, LAST + 1)}
    pool = {"tcr2": PERSONS, "tcr5": PERSONS, "tcr8": LOANS}.get(read, ACCOUNTS)
    asked["id"] = r.choice(pool)
    if pool is ACCOUNTS and found.transfers and r.random() < 0.8:
        asked["id"] = r.choice(found.withdrawals or found.transfers)[1]
    if read == "tcr4":
        asked["id1"], asked["id2"] = r.choice(found.transfers or [(ACCOUNTS[0], ACCOUNTS[1], 0, 0)])[:2]
    factor = r.choice([0, Decimal("0.5"), 1, Decimal("0.33333333333333331"), 2])
    for name in ("threshold", "threshold1", "threshold2"):
        asked[name] = factor if read == "tcr8" else r.choice([0, Decimal("0.01"), Decimal("0.5"), Decimal("0.995")])
    if read.startswith("tcr") and r.random() < 0.5:
        asked |= {"truncationLimit": r.randint(0, 8), "truncationOrder": r.choice(list(Order))}
    return asked


@pytest.mark.parametrize("read", sorted(READS))
def test_read_is_its_definition(read: str) -> None:
    seen = set()

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        r = random.Random(seed)
        found = world(r)
        asked = params(r, read, found)
        answer, rows = ask(found.network(), read, asked), Plain(found).ask(read, asked)
        assert answer.rows() == rows
        assert len(answer) == len(rows)
        seen.add(str(rows))

    check()
    assert len(seen) >= 4  # the worlds do not all give the same answer
