"""The FinBench reads over a run's snapshot give what they give over the same rows as the benchmark's files."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import finbench_kit as kit
import numpy as np
import pytest
import snapshot_kit
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.core.snapshot import Snapshot
from graphfraud.errors import UnknownId
from graphfraud.trace.finbench import (
    Answer,
    Network,
    Window,
    blocked_media,
    blocked_share,
    blocked_siblings,
    cycles_of_three,
    forward_paths,
    in_and_out,
    of_snapshot,
    payees,
    payers,
    totals,
    upstream_loans,
)

NAMES = ["p", "q", "r", "s", "t"]  # accounts, in order
NUMBER = {name: i for i, name in enumerate(NAMES)}
LAST = 12  # hours


def pair(r: random.Random) -> tuple[Network, Network]:
    """The same world twice: as a snapshot, and as the benchmark's rows. Referred is blocked."""
    drawn = [(r.randint(0, LAST), *r.sample(NAMES, 2), r.choice((1, 2, 250))) for _ in range(r.choice((0, 10, 30)))]
    referred = r.sample(NAMES, 2)
    uses = {(r.choice(NAMES), r.choice(("device", "phone")), r.choice("xy")) for _ in range(5)}
    world = snapshot_kit.World(
        [*drawn, (3, "", "p", 7), (4, "q", "", 7)],
        identifiers=sorted(uses),
        referred=[(name, 1) for name in referred],
        extra=NAMES,
        end=LAST,
    )
    media = {key: n for n, key in enumerate(sorted({(kind, value) for _, kind, value in uses}))}
    marked = {(kind, value) for name, kind, value in uses if name in referred}
    moment = {n: snapshot_kit.hours(n) // 1000 for n in range(LAST + 1)}
    plain = kit.World(
        {NUMBER[name]: name in referred for name in NAMES},
        [(NUMBER[a], NUMBER[b], moment[t], x) for t, a, b, x in drawn],
        media={number: (key[0], key in marked) for key, number in media.items()},
        uses=[(media[kind, value], NUMBER[name], moment[LAST]) for name, kind, value in uses],
    )
    return of_snapshot(snapshot_kit.snapshot(world)), plain.network()


def rows(answer: Answer) -> list[dict[str, Any]]:
    """Ids as numbers, identifiers left out: the two networks name them differently."""
    found = [{k: NUMBER.get(v, v) if isinstance(v, str) else v for k, v in r.items()} for r in answer.rows()]
    for row in found:
        row.pop("mediumId", None)
        if "path" in row:
            row["path"] = [NUMBER.get(name, name) for name in row["path"]]
    return found


def test_the_reads_are_the_same_over_a_snapshot() -> None:
    seen: dict[int, set[str]] = {}

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        r = random.Random(seed)
        mine, plain = pair(r)
        a, b = r.sample(NAMES, 2)
        window = Window(snapshot_kit.hours(r.randint(-1, 3)), snapshot_kit.hours(LAST + 1))

        def both(network: Network, first: Any, second: Any) -> list[Answer]:
            whole = (network, first, 1, window)
            sums = [in_and_out(*whole), blocked_share(*whole), payees(*whole), payers(*whole)]
            shapes = [cycles_of_three(network, first, second, window), blocked_siblings(network, first, window)]
            walks = [blocked_media(network, first, window), forward_paths(network, network.account(first), window)]
            return [*sums, *shapes, *walks, totals(network, first, window)]

        pairs = zip(both(mine, a, b), both(plain, NUMBER[a], NUMBER[b]), strict=True)
        for i, (have, want) in enumerate(pairs):
            assert rows(have) == rows(want)
            seen.setdefault(i, set()).add(str(want.rows()))

    check()
    assert all(len(answers) >= 4 for answers in seen.values())


def test_a_snapshot_on_disk_gives_the_same(tmp_path: Path) -> None:
    uses = [("r", "device", "1"), ("q", "device", "1")]
    world = snapshot_kit.World(
        [(1, "p", "q", 500), (2, "q", "r", 300), (3, "r", "p", 200)], identifiers=uses, referred=[("q", 1)]
    )
    made = snapshot_kit.snapshot(world)
    made.save(tmp_path / "snapshot")
    for read in (totals, blocked_media, payees, blocked_siblings):
        opened = of_snapshot(Snapshot.open(tmp_path / "snapshot"))
        assert read(opened, "p").rows() == read(of_snapshot(made), "p").rows()
    assert cycles_of_three(opened, "p", "q").rows()[0]["otherId"] == "r"


def test_holders_and_identifiers_of_a_snapshot_are_found() -> None:
    world = snapshot_kit.World(
        [(1, "p", "q", 500), (2, "q", "r", 300)],
        holders={"p": "h", "q": "h", "r": "firm"},
        companies=frozenset({"r"}),
        identifiers=[("r", "phone", "1"), ("q", "phone", "1"), ("q", "device", "1")],
        referred=[("q", 1)],
    )
    snapshot = snapshot_kit.snapshot(world)
    network = of_snapshot(snapshot)
    holder = int(snapshot.accounts.holder[snapshot.code("p")])
    assert network.accounts.take(network.persons.accounts_of(holder)) == ["p", "q"]
    firm = int(snapshot.accounts.holder[snapshot.code("r")])
    assert network.accounts.take(network.companies.accounts_of(firm)) == ["r"]
    with pytest.raises(UnknownId):
        network.persons.accounts_of(firm)
    assert network.media.id.take(np.array([0, 1])) == [("device", "1"), ("phone", "1")]
    assert [network.media.id.find(("phone", value)) for value in ("1", "2")] == [1, -1]
    reached = blocked_media(network, "q").rows()
    assert reached == [{"otherId": "r", "accountDistance": 1, "mediumId": ("phone", "1"), "mediumType": "phone"}]
    everybody = of_snapshot(snapshot, blocked=np.array([False, False, True]))
    assert [row["dstId"] for row in blocked_siblings(everybody, "p").rows()] == []
    assert blocked_share(everybody, "r").rows() == [{"blockRatio": Decimal(0)}]
    paths = forward_paths(network, network.persons.accounts_of(holder), Window(snapshot_kit.START, 2**62))
    assert [row["path"] for row in paths.rows()] == [["p", "q", "r"], ["p", "q"], ["q", "r"]]
    assert len(upstream_loans(network, network.account("r"))) == 0
