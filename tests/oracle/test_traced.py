"""Where reported payments went: worked out by hand, and against the recursion written in Python."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import Snapshot
from graphfraud.risk import assess, explain, soft_weight
from graphfraud.risk.traced import trace_reported
from graphfraud.settings import RelaySettings, RiskSettings, Settings

RULES = RelaySettings()


def reporting(world: World, flows: list[int]) -> Snapshot:
    """The snapshot of a world whose i-th referral reports the i-th flow."""
    built = snapshot(world)
    return replace(built, referrals=replace(built.referrals, victim_flow=np.array(flows, np.int32)))


def arrived(found: Snapshot) -> dict[str, float]:
    total = trace_reported(found, RULES).arrived.tolist()
    return {a: x for a, x in zip(found.accounts.id, total, strict=True) if x}


def test_a_reported_payment_is_followed_and_fades_with_the_wait() -> None:
    """v pays a 100; a passes 60 to b after 12 h and 40 to c after 24 h; b takes it on to d at once."""
    moves = [(0, "v", "a", 100), (12, "a", "b", 60), (12, "b", "d", 60), (24, "a", "c", 40)]
    got = arrived(reporting(World(moves, referred=[("a", 0.0)]), [0]))
    half, whole = math.exp(-0.5), math.exp(-1.0)
    assert got == pytest.approx({"a": 1.0, "b": 0.6 * half, "d": 0.6 * half, "c": 0.4 * whole})


def test_only_the_reported_payment_is_followed() -> None:
    """a's own wage goes to its landlord; the reported money, which came later, goes to b (newest first)."""
    moves = [(0, "w", "a", 500), (5, "v", "a", 100), (6, "a", "b", 100), (7, "a", "landlord", 300)]
    got = arrived(reporting(World(moves, referred=[("a", 5.0)]), [1]))
    assert got == pytest.approx({"a": 1.0, "b": math.exp(-1 / 24)})


def test_payments_of_two_cases_that_meet_add_up_and_keep_their_origins() -> None:
    moves = [(0, "v", "a", 100), (0, "w", "b", 50), (1, "a", "c", 100), (1, "b", "c", 50), (2, "c", "d", 150)]
    found = reporting(World(moves, referred=[("a", 0.0), ("b", 0.0)]), [0, 1])
    traced, c, d = trace_reported(found, RULES), found.code("c"), found.code("d")
    hour = math.exp(-1 / 24)
    assert traced.arrived[[c, d]].tolist() == pytest.approx([2 * hour, 2 * hour**2])
    names = [found.accounts.id[int(v)] for v in traced.of(d)[0]]
    assert (names, traced.of(d)[1].tolist()) == (["a", "b"], pytest.approx([hour**2, hour**2]))


def test_money_older_than_the_window_is_not_followed() -> None:
    late = 24 * RULES.walk_window_days + 1
    moves = [(0, "v", "a", 100), (late, "a", "b", 100)]
    assert arrived(reporting(World(moves, referred=[("a", 0.0)]), [0])) == {"a": 1.0}


walks = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(1, 50)).filter(
        lambda p: p[1] != p[2]
    ),
    min_size=2,
    max_size=25,
)


@settings(max_examples=100, deadline=None)
@given(walks, st.sets(st.integers(0, 24), min_size=1, max_size=3))
def test_tracing_is_the_recursion(moves: list, chosen: set[int]) -> None:
    built = snapshot(World(moves))
    flows, lots = built.flows, built.lots
    reported = sorted(i for i in chosen if i < len(flows.time)) or [0]
    world = World(moves, referred=[(built.accounts.id[int(flows.payee[f])], 0.0) for f in reported])
    found = reporting(world, reported)
    carried: list[float] = []
    for g in range(len(flows.time)):
        links = range(int(lots.out_ptr[g]), int(lots.out_ptr[g + 1]))
        sources = [(int(lots.inflow[i]), int(lots.amount[i])) for i in links if lots.inflow[i] >= 0]
        waits = [int(flows.time[g] - flows.time[f]) for f, _ in sources]
        parts = [
            part / int(flows.amount[f]) * math.exp(-wait / DAY) * carried[f]
            for (f, part), wait in zip(sources, waits, strict=True)
        ]
        carried.append(1.0 if g in reported else sum(parts))
    expected = np.bincount(flows.payee, carried, len(built.accounts))
    traced = trace_reported(found, RULES)
    np.testing.assert_allclose(traced.arrived, expected, atol=1e-12)
    listed = np.add.reduceat(np.append(traced.part, 0.0), traced.ptr[:-1]) * (np.diff(traced.ptr) > 0)
    assert (listed <= traced.arrived + 1e-9).all()
    assert (listed >= 0.85 * traced.arrived - 1e-9).all()  # what is not listed is less than 1 % of a flow, a case a hop


def test_shares_name_the_referral_behind_traced_money() -> None:
    """c is reached by nothing but the reported money that went through the stranger's shop account s."""
    moves = [(0, "v", "a", 100), (1, "a", "s", 100), (2, "s", "c", 100), (3, "c", "e", 90), (4, "e", "f", 80)]
    found = reporting(World(moves, referred=[("a", 0.0)], merchants=frozenset("s")), [0])
    risk = assess(found, Settings())
    assert risk.traced.arrived[found.code("c")] == pytest.approx(math.exp(-2 / 24))
    assert risk.restart[found.code("c")] == pytest.approx(0.4 * math.exp(-1 / 24))
    assert risk.walk[found.code("e")] > 0
    rows = explain(found, Settings(), np.array([found.code("e")], np.int32), risk)["shares"].to_pylist()
    assert [(r["referral_account"], r["share_e6"] > 900_000) for r in rows if r["referral_account"]] == [("a", True)]
    assert sum(r["share_e6"] for r in rows) == 1_000_000
    nothing = assess(found, Settings(risk=RiskSettings(traced_weight=0, soft_seeds=False)))
    assert nothing.walk[found.code("e")] == 0


def test_soft_seeds_weigh_as_much_as_the_referred_confirm() -> None:
    """1,000 persons, 10 first by behaviour: the referred among those 10 say whether behaviour tells anything."""
    score, person = np.linspace(1, 0, 1000), np.ones(1000, bool)
    on = RiskSettings(soft_seeds=True, soft_weight=0.2)

    def weight(first: int, others: int, rules: RiskSettings = on) -> float:
        referred = np.zeros(1000, bool)
        referred[:first] = True
        referred[500 : 500 + others] = True
        return soft_weight(score, person, referred, rules)

    assert weight(0, 20) == pytest.approx(0.02)  # (0 + .1)/30 is below 15 %
    assert weight(8, 10) == pytest.approx(0.2 * (0.1 + 0.9 * ((8.1 / 28 - 0.15) / 0.25)))
    assert weight(10, 5) == pytest.approx(0.2)  # 10.1/25 is above 40 %
    assert weight(0, 0) == weight(10, 5, RiskSettings(soft_seeds=False)) == 0
