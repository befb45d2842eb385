"""The behaviour scorecard and relayed money against plain Python that reads like the definition."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot
from test_lots import tokens

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET
from graphfraud.core.links import LinkRule, identifier_links
from graphfraud.core.snapshot import Snapshot
from graphfraud.risk import assess, explain
from graphfraud.risk.behaviour import PARTS, behaviour
from graphfraud.risk.relay import relayed
from graphfraud.settings import RelaySettings, Settings

names = ["", "a", "b", "c", "d", "e"]
payments = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(names), st.sampled_from(names), st.integers(1, 9)).filter(
        lambda p: p[1] != p[2]
    ),
    max_size=30,
)


def reference_relayed(world: Snapshot) -> list[float]:
    """Fen by fen: e^(−dwell/24 h) for every fen that a person brought at most 10 days before, over the amount."""
    flows, made = world.flows, tokens(world)
    result = []
    for f in range(len(flows.time)):
        total = 0.0
        for source in made.get(f, []):
            if source >= 0 and flows.payer[source] >= 0 and world.accounts.person[flows.payer[source]]:
                dwell = int(flows.time[f] - flows.time[source])
                if dwell <= 10 * DAY:
                    total += math.exp(-dwell / (24 * HOUR))
        result.append(total / int(flows.amount[f]))
    return result


@settings(max_examples=150, deadline=None)
@given(payments)
def test_relayed_is_counted_fen_by_fen(moves: list) -> None:
    world = snapshot(World(moves, companies=frozenset({"e"})))
    np.testing.assert_allclose(relayed(world, RelaySettings()), reference_relayed(world), rtol=1e-9)


def reference_parts(world: Snapshot, r: list[float]) -> dict[str, list[float]]:
    flows, person, made = world.flows, world.accounts.person, tokens(world)
    n = len(world.accounts)
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * n)
    counts: dict[tuple[int, int], list[int]] = defaultdict(list)
    for f in range(len(flows.time)):
        u, v, x = int(flows.payer[f]), int(flows.payee[f]), int(flows.amount[f])
        if v >= 0:
            sums["in"][v] += x
            sums["in relayed"][v] += x * r[f]
            if u >= 0 and person[u]:
                sums["largest"][v] = max(sums["largest"][v], x)
                counts[v, u].append(f)
        if u >= 0:
            sums["out"][u] += x
            sums["out relayed"][u] += x * r[f]
            if ((int(flows.time[f]) + SHANGHAI_OFFSET) % DAY) < 6 * HOUR:
                sums["night"][u] += x
            for s in made[f]:
                if s >= 0:
                    dwell = int(flows.time[f] - flows.time[s])
                    from_person = flows.payer[s] >= 0 and person[flows.payer[s]]
                    if v < 0:
                        sums["cash"][u] += from_person and dwell <= 72 * HOUR
                    elif person[v]:
                        sums["passed"][u] += r[s] * math.exp(-dwell / (24 * HOUR))
                        sums["quick"][u] += from_person and dwell <= 24 * HOUR

    def share(part: str, whole: str) -> list[float]:
        return [a / b if b else 0.0 for a, b in zip(sums[part], sums[whole], strict=True)]

    once = [0.0] * n
    most = [0.0] * n
    for (v, _), paid in counts.items():
        once[v] += int(flows.amount[paid[0]]) if len(paid) == 1 else 0
    for v in range(n):
        mine = sorted((int(flows.time[f]), u) for (w, u), paid in counts.items() if w == v for f in paid)
        most[v] = max((len({u for t, u in mine if end - 24 * HOUR <= t <= end}) for end, _ in mine), default=0)
    turn = [a + b for a, b in zip(sums["in"], sums["out"], strict=True)]
    return {
        "relayed_and_passed_on": share("passed", "in"),
        "passed_on_24h": share("quick", "in"),
        "inflow_relayed": share("in relayed", "in"),
        "outflow_relayed": share("out relayed", "out"),
        "one_time_payers": [a / b if b else 0.0 for a, b in zip(once, sums["in"], strict=True)],
        "cash_72h": sums["cash"],
        "largest_credit": [math.log1p(x) for x in sums["largest"]],
        "payers_24h": most,
        "night_share": share("night", "out"),
        "imbalance": [abs(a - b) / t if t else 1.0 for a, b, t in zip(sums["in"], sums["out"], turn, strict=True)],
    }


@settings(max_examples=120, deadline=None)
@given(payments)
def test_parts_are_what_they_say(moves: list) -> None:
    world = snapshot(World(moves, companies=frozenset({"e"}), extra=["a"]))
    r = relayed(world, RelaySettings())
    links = identifier_links(world.accounts, world.identifiers, world.as_of, LinkRule(20, 0.5, 90))
    found = behaviour(world, r, links, RelaySettings()).parts
    for name, expected in reference_parts(world, r.tolist()).items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-9, err_msg=name)


def test_parts_saturate_between_their_bounds() -> None:
    by_name = {p.name: p for p in PARTS}
    assert by_name["age_days"].score(np.array([200.0, 180.0, 100.0, 20.0, 1.0])).tolist() == [0, 0, 0.25, 0.5, 0.5]
    assert by_name["passed_on_24h"].score(np.array([0.05, 0.325, 0.6])) == pytest.approx([0, 0.75, 1.5])
    assert sum(p.points for p in PARTS) == pytest.approx(11.1)


def test_sharing_counts_other_holders_only() -> None:
    uses = [("a", "device", "x"), ("b", "device", "x"), ("c", "device", "x")]
    world = snapshot(World([(1, "d", "a", 5)], holders={"a": "same", "b": "same"}, identifiers=uses))
    links = identifier_links(world.accounts, world.identifiers, world.as_of, LinkRule(20, 0.5, 90))
    found = behaviour(world, relayed(world, RelaySettings()), links, RelaySettings()).parts["shared_with"]
    assert {world.accounts.id[i]: x for i, x in enumerate(found)} == {"a": 1, "b": 1, "c": 2, "d": 0}


def test_without_referrals_nobody_has_a_score() -> None:
    moves = [(1, "v", "a", 10), (2, "a", "b", 10), (3, "b", "c", 10)]
    none, one = (assess(snapshot(World(moves, referred=r)), Settings()) for r in ([], [("a", 1.0)]))
    assert (none.walk == 0).all()
    assert (none.lineage == 0).all()
    assert one.walk.sum() > 0
    np.testing.assert_array_equal(one.behaviour, none.behaviour)


def test_lineage_is_the_share_of_inflow_that_descends_from_a_referred_account() -> None:
    """a is referred; b gets 60 of a's and 40 of an honest friend; what b sends on is a's money first (LIFO)."""
    moves = [(1, "v", "a", 60), (2, "f", "b", 40), (3, "a", "b", 60), (4, "b", "c", 80)]
    world = snapshot(World(moves, referred=[("a", 1.0)]))
    lineage = dict(zip(world.accounts.id, assess(world, Settings()).lineage.tolist(), strict=True))
    assert lineage == pytest.approx({"a": 0, "b": 0.6, "c": 60 / 80, "f": 0, "v": 0})


def test_the_referred_account_s_honest_past_is_cut() -> None:
    """Payments more than 14 days before the first victim payment are no edges of a referred account."""
    moves = [(0, "a", "old friend", 10), (24 * 30, "v", "a", 10), (24 * 30 + 1, "a", "mule", 10)]
    world = snapshot(World(moves, referred=[("a", 24 * 30)], opening={"a": 10}))
    mass = dict(zip(world.accounts.id, assess(world, Settings()).mass.tolist(), strict=True))
    assert mass["old friend"] == 0
    assert mass["mule"] > 0


def test_the_lineage_path_ends_at_the_nearest_referred_account() -> None:
    moves = [(1, "v", "a", 60), (2, "a", "b", 60), (3, "b", "c", 60), (4, "c", "d", 50), (5, "d", "e", 45)]
    world = snapshot(World(moves, referred=[("a", 1.0), ("c", 1.0)]))
    found = assess(world, Settings())
    rows = explain(world, Settings(), np.array([world.code("e"), world.code("b")], np.int32), found)["lineage"]
    paths = [(r["account_id"], r["hop"], r["from_account"], r["carried"], r["dwell"]) for r in rows.to_pylist()]
    assert paths == [("b", 1, "a", 60, 0), ("e", 1, "c", 50, 0), ("e", 2, "d", 45, HOUR)]
