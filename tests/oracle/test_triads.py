"""Triads of links: against every triple, by hand, and what the referrals make of them where times are dates only."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot

from graphfraud.core.pairs import Pairs, collect
from graphfraud.risk import assess
from graphfraud.risk.graphs import closed, tilted
from graphfraud.risk.triads import triads
from graphfraud.settings import Settings

N = 8
edges = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.floats(0.05, 3)).filter(lambda e: e[0] != e[1]),
    max_size=30,
)


def pairs_of(rows: list[tuple[int, int, float]]) -> Pairs:
    a, b, w = (np.array([row[i] for row in rows]) for i in range(3))
    return collect(N, a.astype(np.int32), b.astype(np.int32), w.astype(float))


@settings(max_examples=200, deadline=None)
@given(edges)
def test_triads_are_those_of_every_triple(rows: list[tuple[int, int, float]]) -> None:
    found = pairs_of(rows)
    weight = {frozenset(e[:2]): e[2] for e in zip(found.a.tolist(), found.b.tolist(), found.weight, strict=True)}
    wanted = dict.fromkeys(weight, 0.0)
    for triple in combinations(range(N), 3):
        sides = [frozenset(side) for side in combinations(triple, 2)]
        if all(side in weight for side in sides):
            for side in sides:
                others = [min(1.0, weight[other]) for other in sides if other != side]
                wanted[side] += others[0] * others[1]
    got = triads(N, found)
    assert got == pytest.approx([wanted[frozenset(e)] for e in zip(found.a.tolist(), found.b.tolist(), strict=True)])


RELAYS = [(0, 1, 2.0), (1, 2, 0.5), (0, 2, 1.0), (3, 4, 1.0), (5, 6, 1.0), (6, 7, 1.0)]


def test_relays_among_three_count_by_the_tilt_of_the_referred() -> None:
    """0–1, 1–2, 0–2 of weights 2, .5 and 1 are a triangle: 1 + triads by hand. Clipped at 1 where the referred deal in
    triangles alone, −1 where they never do.
    """
    found, seed = pairs_of(RELAYS), np.zeros(N, bool)
    value = np.array([1 + 1 * 0.5, 1 + 1 * 0.5, 1 + 1 * 1, 1, 1, 1])  # in order of pairs: 0–1, 0–2, 1–2, 3–4, …
    raw = np.array([2.0, 1.0, 0.5, 1, 1, 1])
    for chosen, power in (([0, 1, 2], 1), ([3, 5, 7], -1)):
        seed[:] = np.isin(np.arange(N), chosen)
        tilt, got = closed(N, found, seed, 0.0)
        assert tilt * power > 1
        assert got.weight == pytest.approx(raw * value**power / (raw * value**power).mean())
    tilt, got = closed(N, found, np.zeros(N, bool), 20.0)
    assert (tilt, got.weight) == (0, pytest.approx(raw / raw.mean()))


def test_the_factor_is_the_power_of_eight_times_the_tilt() -> None:
    value, of_seed = np.array([1.0, 1, 1, 2]), np.array([False, True, True, True])
    tilt, factor = tilted(value, of_seed, 1.0)
    # pairs of seeds and one drawn from all: 2 of every 3 + 1 would be (1 + .25)/4; e^(tilt·ln 2)/(3 + e^(tilt·ln 2))
    odds = 3 * (1.25 / 4) / (1 - 1.25 / 4)
    assert tilt == pytest.approx(np.log2(odds))
    assert factor == pytest.approx(value ** min(2.0, 8 * np.log2(odds)))
    assert tilted(value, ~of_seed, 1.0)[1][3] < 1  # pairs of seeds that are single say the contrary


def days(moves: list[tuple[str, str]], referred: list[str]) -> dict[str, float]:
    """Mass of every account, one payment a pair, dates only."""
    world = World([(24 * i, u, v, 10) for i, (u, v) in enumerate(moves)], referred=[(a, 0.0) for a in referred])
    built = snapshot(world)
    found = assess(replace(built, meta=replace(built.meta, date_only=True)), Settings())
    return dict(zip(built.accounts.id, found.mass.tolist(), strict=True))


TRIANGLES = [(f"{k}{i}", f"{k}{(i + 1) % 3}") for k in "abcdef" for i in range(3)]
STARS = [(f"s{k}", f"t{k}{i}") for k in "abcdef" for i in range(3)]


def test_dates_only_the_referrals_say_what_a_triad_speaks_for() -> None:
    """q pays x, with whom it deals with z too, and y alone: x ranks first where the referred pay in triangles, y
    where they do not.
    """
    moves = [*TRIANGLES, *STARS, ("q", "x"), ("x", "z"), ("z", "q"), ("q", "y"), ("y", "w")]
    together = days(moves, ["q", *(f"{k}0" for k in "abcdef")])
    apart = days(moves, ["q", *(f"s{k}" for k in "abcdef")])
    assert together["x"] > 2 * together["y"] > 0
    assert apart["y"] > 2 * apart["x"] > 0


def test_with_times_the_triads_of_mere_payments_tell_nothing() -> None:
    """Nothing is passed on within days here: no relay link's triads can be asked for. By dates all payments are asked:
    4 of the 5 pairs of q and a0 lie in triangles, of all pairs 21 of 23.
    """
    moves = [*TRIANGLES, ("q", "x"), ("x", "z"), ("z", "q"), ("q", "y"), ("y", "w")]
    many = [(24 * 30 * i, u, v, 10) for i, (u, v) in enumerate(moves)]
    made = snapshot(World(many, referred=[("q", 0.0), ("a0", 0.0)]))
    dated = replace(made, meta=replace(made.meta, date_only=True))
    found, by_date = (assess(built, Settings()).diagnostics for built in (made, dated))
    assert (found["edges"]["relay"], found["triad_tilt"]) == (0, 0)
    assert by_date["triad_tilt"] < 0
