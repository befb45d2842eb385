"""The ceiling against every walk written out, on small random worlds."""

from __future__ import annotations

from pathlib import Path

import evaluate_kit
import numpy as np
import pyarrow as pa
import pytest
from evaluate_kit import CUT

from graphfraud.evaluate import sources
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.ceiling import UNREACHED, arrivals, ceiling, within

N = 6
Edge = tuple[int, int, int]


def walks(edges: list[Edge], start: int, hops: int, group: list[int]) -> set[int]:
    """Accounts at the end of any walk from `start` whose times do not fall; identifiers may be crossed at any time."""
    found: set[int] = set()
    seen: set[tuple[int, int, int]] = set()

    def go(at: int, time: int, left: int) -> None:
        if (at, time, left) in seen:
            return
        seen.add((at, time, left))
        found.add(at)
        for other in range(N):
            if other != at and group[other] == group[at]:
                go(other, time, left)
        if left:
            for payer, payee, when in edges:
                if payer == at and when >= time:
                    go(payee, when, left - 1)

    go(start, -1, hops)
    return found


@pytest.mark.parametrize("number", range(150))
def test_what_is_reached_is_the_end_of_a_walk(number: int) -> None:
    """Random worlds of 4 to 9 payments at three moments: most have payments at the same time, and chains of them."""
    random = np.random.default_rng(number)
    rows = random.integers(0, [N, N, 3], (int(random.integers(4, 10)), 3)).tolist()
    edges = sorted(((a, b, t) for a, b, t in rows if a != b), key=lambda e: e[2])
    ends = [np.array([e[i] for e in edges], dtype=np.int32) for i in (0, 1)]
    time = np.array([e[2] for e in edges], dtype=np.int64)
    seed = np.arange(N) == random.integers(N)
    alone, group = list(range(N)), random.integers(0, N, N).tolist()
    (start,) = np.flatnonzero(seed).tolist()
    for together in (alone, group):
        found = arrivals(*ends, time, np.array(together, dtype=np.int32), seed) < UNREACHED
        assert set(np.flatnonzero(found).tolist()) == walks(edges, start, 9, together)
    for hops in (0, 1, 2):
        found = within(*ends, time, seed, hops)
        assert set(np.flatnonzero(found).tolist()) == walks(edges, start, hops, alone)


def test_the_ceiling_of_the_small_world_by_hand(tmp_path: Path) -> None:
    world = sources(evaluate_kit.write(tmp_path))[0].prepare(tmp_path / "unused")
    none = pa.table({c: pa.array([], pa.string()) for c in ("ring_id", "kind", "account_id")})
    case = Case.of(world.truth, world.facts, {"scores": evaluate_kit.scores(h1=0.1), "rings": none}, CUT)
    found = {r.path: r for r in ceiling(case)}
    # s1 pays r1 and r2, r1 pays r3 later: of the hidden r1 r2 r3 r4 q1 q2 half; of the acted r1 r2 r3 all
    assert found["money, forward"].hidden == pytest.approx(3 / 6)
    assert found["money, forward"].acted == pytest.approx(1.0)
    assert found["money, forward"].honest == 0
    assert found["money, backward"].hidden == 0
    assert found["money, backward"].honest == pytest.approx(1 / 4)  # v1 fed s1; h1 h2 w1 did not
    assert found["one identifier"].acted == pytest.approx(2 / 3)  # d1: r1, r2; h1 shares p1 only later
    assert found["any of these"].honest == pytest.approx(1 / 4)
