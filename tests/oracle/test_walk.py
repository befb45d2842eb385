"""The walk against a sparse solve, its linearity, and the shares read off by reverse push."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import spsolve

from graphfraud.core.pairs import Graph, collect, graph
from graphfraud.risk.graphs import multiplicity_tilt
from graphfraud.risk.walk import PullRules, pull, walk

ALPHA = 0.15
links = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.floats(0.1, 5)).filter(lambda e: e[0] != e[1]), max_size=25
)
restarts = st.lists(st.floats(0, 2), min_size=9, max_size=9)


def make(edges: list[tuple[int, int, float]], n: int = 9) -> Graph:
    a, b, w = (np.array([e[i] for e in edges]) for i in range(3))
    return graph(n, collect(n, a.astype(np.int32), b.astype(np.int32), w.astype(float)))


def solve(net: Graph, restart: np.ndarray) -> np.ndarray:
    """x = α s (I − (1 − α) P)⁻¹, where a vertex without neighbours keeps its mass."""
    w = sp.csr_matrix((net.weight, net.neighbour, net.ptr), shape=(net.n, net.n))
    sums = np.asarray(w.sum(axis=1)).ravel()
    lonely = sums == 0
    p = sp.diags(np.divide(1, sums, out=np.zeros(net.n), where=~lonely)) @ w
    p = p + sp.diags(lonely.astype(float))
    return spsolve((sp.eye(net.n) - (1 - ALPHA) * p.T).tocsc(), ALPHA * restart)


@settings(max_examples=150, deadline=None)
@given(links, restarts)
def test_power_iteration_is_the_solution(edges: list, restart: list[float]) -> None:
    net, start = make(edges), np.array(restart)
    found = walk(net, start, ALPHA, 300)
    np.testing.assert_allclose(found.mass, solve(net, start), atol=1e-9)
    np.testing.assert_allclose(found.mass.sum(), start.sum(), atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(links, restarts, restarts)
def test_additive_and_monotone_in_the_seeds(edges: list, one: list[float], two: list[float]) -> None:
    net, a, b = make(edges), np.array(one), np.array(two)
    together = walk(net, a + b, ALPHA, 40).mass
    np.testing.assert_allclose(together, walk(net, a, ALPHA, 40).mass + walk(net, b, ALPHA, 40).mass, atol=1e-12)
    assert (together >= walk(net, a, ALPHA, 40).mass - 1e-12).all()


def test_nothing_reaches_a_component_without_a_seed() -> None:
    net = make([(0, 1, 1.0), (1, 2, 2.0), (4, 5, 1.0)])
    seeds = np.zeros(9)
    seeds[0] = 1
    mass = walk(net, seeds, ALPHA, 40).mass
    assert (mass[[0, 1, 2]] > 0).all()
    assert (mass[[3, 4, 5, 6, 7, 8]] == 0).all()


def test_residual_is_what_has_not_been_handed_out() -> None:
    net = make([(0, 1, 1.0), (1, 2, 2.0)])
    seeds = np.zeros(9)
    seeds[0] = 1
    found = walk(net, seeds, ALPHA, 10)
    assert abs(found.residual - 0.85**10) < 1e-12
    assert abs(found.mass.sum() + found.residual - 1) < 1e-12


@settings(max_examples=100, deadline=None)
@given(links, st.sets(st.integers(0, 8), min_size=1, max_size=4))
def test_shares_are_what_each_seed_alone_would_bring(edges: list, chosen: set[int]) -> None:
    net = make(edges)
    seeds = np.zeros(9)
    seeds[sorted(chosen)] = 1
    mass = walk(net, seeds, ALPHA, 300).mass
    targets = np.flatnonzero(mass > 0).astype(np.int32)
    pulled = pull(net, mass, targets, PullRules(ALPHA, 1e-9, 10**7))
    for i, target in enumerate(targets.tolist()):
        accounts, share = pulled.of(i)
        brought = dict(zip(accounts.tolist(), share.tolist(), strict=True))
        for seed in chosen:
            alone = np.zeros(9)
            alone[seed] = 1
            assert abs(brought.get(seed, 0.0) - solve(net, alone)[target]) < 1e-5
        assert sum(brought.get(s, 0.0) for s in chosen) <= mass[target] * (1 + 1e-9)


def test_a_coarse_push_never_says_too_much() -> None:
    rng = np.random.default_rng(3)
    ends, weight = rng.integers(0, 9, (30, 2)).tolist(), (rng.random(30) + 0.1).tolist()
    edges = [(a, b, w) for (a, b), w in zip(ends, weight, strict=True) if a != b]
    net, seeds = make(edges), np.ones(9)
    mass = walk(net, seeds, ALPHA, 300).mass
    everyone = np.arange(9, dtype=np.int32)
    fine, coarse = pull(net, mass, everyone, PullRules(ALPHA, 1e-9)), pull(net, mass, everyone, PullRules(ALPHA, 0.05))
    for i in range(9):
        best = dict(zip(*fine.of(i), strict=True))
        for account, share in zip(*coarse.of(i), strict=True):
            assert share <= best[account] + 1e-9
        assert coarse.of(i)[1].sum() > 0.5 * mass[i]


def test_tilt_is_the_maximum_of_its_likelihood() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 20, 500).astype(float)
    seeds = rng.choice(counts, 200, p=counts / counts.sum())
    tilt = multiplicity_tilt(counts, seeds, 0.0)

    def likelihood(t: float) -> float:
        return float((t * np.log(seeds)).sum() - len(seeds) * np.log((counts**t).mean()))

    assert 0.7 < tilt < 1.3
    assert likelihood(tilt) >= max(likelihood(tilt - 0.01), likelihood(tilt + 0.01))
    assert multiplicity_tilt(counts, seeds[:0], 20.0) == 0.0
