"""Rings against exhaustive partitions, the threshold of a lone clique, and worked-out relay weights."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot

from graphfraud.core.findings import findings_hash
from graphfraud.core.pairs import Pairs, collect, graph
from graphfraud.rings import find_rings
from graphfraud.rings.communities import full_labels, leiden, rounded
from graphfraud.rings.levels import Stay, choose, level
from graphfraud.rings.members import prune_and_attach
from graphfraud.rings.relay import event_weights, relay_pairs
from graphfraud.settings import RelaySettings, RingSettings, Settings

weighted = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.floats(0.05, 2)).filter(lambda e: e[0] != e[1]),
    min_size=1,
    max_size=14,
)


def pairs_of(edges: list[tuple[int, int, float]], n: int) -> Pairs:
    a, b, w = (np.array([e[i] for e in edges]) for i in range(3))
    return rounded(collect(n, a.astype(np.int32), b.astype(np.int32), w.astype(float)), 0.0)


def quality(pairs: Pairs, label: np.ndarray, gamma: float) -> float:
    """Q = Σ_c [W_c − γ n_c(n_c − 1)/2], singletons zero."""
    inside = sum(w for a, b, w in zip(pairs.a, pairs.b, pairs.weight, strict=True) if label[a] == label[b] >= 0)
    sizes = [int((label == c).sum()) for c in set(label.tolist()) if c >= 0]
    return float(inside) - gamma * sum(n * (n - 1) / 2 for n in sizes)


def partitions(n: int) -> Iterator[np.ndarray]:
    """Every partition of n vertices, as restricted growth strings."""
    label = [0] * n

    def grow(i: int, used: int) -> Iterator[np.ndarray]:
        if i == n:
            yield np.array(label)
            return
        for c in range(used + 1):
            label[i] = c
            yield from grow(i + 1, max(used, c + 1))

    yield from grow(0, 0)


@settings(max_examples=25, deadline=None)
@given(weighted, st.sampled_from([0.1, 0.5, 1.0]))
def test_leiden_is_between_singletons_and_the_best_partition(edges: list, gamma: float) -> None:
    pairs = pairs_of(edges, 7)
    label = full_labels(7, *leiden(pairs, gamma, 4, 1))
    best = max(quality(pairs, p, gamma) for p in partitions(7))
    assert -1e-9 <= quality(pairs, label, gamma) <= best + 1e-9
    assert quality(pairs, label, gamma) >= 0.9 * best - 1e-9
    network = nx.Graph(list(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)))
    for c in set(label[label >= 0].tolist()):
        assert nx.is_connected(network.subgraph(np.flatnonzero(label == c).tolist()))


@pytest.mark.parametrize(
    ("holders", "gamma", "bound"), [(5, 0.1, True), (6, 0.1, False), (10, 0.05, True), (11, 0.05, False)]
)
def test_an_identifier_alone_binds_fewer_than_1_plus_w_over_gamma(holders: int, gamma: float, bound: bool) -> None:
    """A lone clique of weight w/(k − 1) with w = .5 is one community if and only if k < 1 + w/γ."""
    w = 0.5 / (holders - 1)
    edges = [(a, b, w) for a, b in itertools.combinations(range(holders), 2)]
    label = full_labels(holders, *leiden(rounded(pairs_of(edges, holders), 0.0), gamma, 4, 1))
    assert (len(set(label.tolist())) == 1 and label[0] >= 0) == bound == (holders < 1 + 0.5 / gamma)


@settings(max_examples=20, deadline=None)
@given(weighted)
def test_disjoint_union_changes_nothing(edges: list) -> None:
    alone = pairs_of(edges, 7)
    other = [(a + 7, b + 7, w) for a, b, w in [(0, 1, 2.0), (1, 2, 2.0), (0, 2, 2.0)]]
    both = pairs_of([*edges, *other], 10)
    one, two = full_labels(7, *leiden(alone, 0.1, 4, 1)), full_labels(10, *leiden(both, 0.1, 4, 1))
    apart = quality(alone, one, 0.1) + quality(both, np.r_[[-1] * 7, 0, 0, 0], 0.1)
    assert quality(both, two, 0.1) >= 0.9 * apart  # Leiden is a heuristic; what is left out is seldom more than 1 %


def test_relay_weight_worked_out() -> None:
    """v → a → b → c: a passes on after 12 h, b after 12 h; the link a–b counts q·(.3 + h)/1.3."""
    moves = [(0, "v", "a", 1000), (12, "a", "b", 1000), (24, "b", "c", 800)]
    world = snapshot(World(moves))
    step = math.exp(-0.5 / 1.5)
    h_in = step  # of the payment v → a: all of it left after 12 h
    expected = {("a", "b"): step * h_in * (0.3 + 0.8 * step) / 1.3, ("b", "c"): step * (0.8 * step) * 0.3 / 1.3}
    weight = event_weights(world, RelaySettings())
    found = relay_pairs(world, weight, RelaySettings())
    ids = world.accounts.id
    got = {(ids[int(a)], ids[int(b)]): w for a, b, w in zip(found.a, found.b, found.weight, strict=True)}
    assert got == pytest.approx(expected)


def test_companies_merchants_pooled_and_own_accounts_stay_out_of_the_pair_graph() -> None:
    moves = [(0, "v", "a", 100), (1, "a", "b", 100), (2, "b", "c", 100)]
    for change in ({"companies": {"b"}}, {"merchants": {"b"}}, {"pooled": {"b"}}):
        world = snapshot(World(moves, **{k: frozenset(v) for k, v in change.items()}))
        assert len(relay_pairs(world, event_weights(world, RelaySettings()), RelaySettings())) == 0
    world = snapshot(World(moves, holders={"a": "same", "b": "same"}))
    found = relay_pairs(world, event_weights(world, RelaySettings()), RelaySettings())
    assert [world.accounts.id[int(v)] for v in (*found.a, *found.b)] == ["b", "c"]


def test_a_wage_that_is_spent_is_not_relayed() -> None:
    moves = [(0, "employer", "a", 100), (1, "a", "b", 100), (2, "b", "c", 100)]
    world = snapshot(World(moves, companies=frozenset({"employer"})))
    weight = event_weights(world, RelaySettings())
    assert weight[1] == 0
    assert weight[2] > 0


def test_prune_and_attach() -> None:
    """d hangs on by .2 and goes; e, held by two members with all its weight, comes; f, held by one, stays out."""
    edges = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (2, 3, 0.2), (0, 4, 0.5), (1, 4, 0.5), (0, 5, 0.9)]
    net = graph(6, pairs_of(edges, 6))
    found = prune_and_attach(net, np.array([0, 0, 0, 0, -1, -1], np.int32), RingSettings(rounds=1))
    assert found.ring.tolist() == [0, 0, 0, -1, 0, -1]
    assert found.attached.tolist() == [False, False, False, False, True, False]
    assert found.inside.tolist() == pytest.approx([2.5, 2.5, 2.0, 0, 1.0, 0])
    small = prune_and_attach(net, np.array([-1, -1, 0, 0, -1, -1], np.int32), RingSettings(rounds=0))
    assert (small.ring == -1).all()


def test_level_choice_takes_the_coarser_community_only_when_it_explains_more() -> None:
    """Two triangles: joined by strong links the whole is better, by a thread the halves are."""

    def chosen(bridge: float, stay: Stay | None = None) -> list[int]:
        tri = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0), (2, 3, bridge)]
        rest = [(i, i + 1, 1.0) for i in range(6, 60, 2)]
        pairs = pairs_of([*tri, *rest], 60)
        fine, coarse = np.full(60, -1), np.full(60, -1)
        fine[:6], coarse[:6] = [0, 0, 0, 1, 1, 1], 0
        levels = [level(60, pairs, fine), level(60, pairs, coarse)]
        return choose(levels, np.array([0], np.int32), 1.05, stay).level[:6].tolist()

    assert chosen(3.0) == [1] * 6
    assert chosen(0.05) == [0] * 6


def ring_world(shift: float = 0.0) -> World:
    """A ring of six that passes victims' money on, sharing one device, beside honest people."""
    moves: list[tuple[float, str, str, int]] = []
    for day in range(0, 50, 5):
        t = 24.0 * day + shift
        moves += [(t, f"v{day:02d}", "m1", 90_000), (t + 1, "m1", "m2", 50_000), (t + 1.2, "m1", "m3", 40_000)]
        moves += [(t + 2, "m2", "m4", 50_000), (t + 2.5, "m3", "m5", 40_000), (t + 3, "m4", "", 50_000)]
        moves += [(t + 3.5, "m5", "m6", 40_000), (t + 4, "m6", "", 39_000)]
        moves += [(t + 6, "employer", f"h{i}", 500_000) for i in range(5)]
        moves += [(t + 40 + i, f"h{i}", f"h{(i + 1) % 5}", 3_000) for i in range(5)]
    shared = [(m, "device", "d1") for m in ("m1", "m2", "m6")] + [("h0", "device", "home"), ("h1", "device", "home")]
    return World(moves, companies=frozenset({"employer"}), identifiers=shared, referred=[("m1", 0.0)])


def test_a_planted_ring_comes_out_as_itself() -> None:
    found = find_rings(snapshot(ring_world()), Settings(), None)
    members = {r["account_id"]: r for r in found.tables["rings"].to_pylist()}
    assert set(members) == {"m1", "m2", "m3", "m4", "m5", "m6"}
    assert {r["kind"] for r in members.values()} == {"ring"}
    assert {a: r["role"] for a, r in members.items()} == {
        "m1": "collector", "m2": "relay", "m3": "relay", "m4": "cashout", "m5": "relay", "m6": "cashout",
    }  # fmt: skip
    assert [a for a, r in members.items() if r["referred"]] == ["m1"]
    (summary,) = found.tables["ring_summary"].to_pylist()
    assert (summary["members"], summary["referred_members"], summary["lineage"]) == (6, 1, "born")
    evidence = found.tables["ring_evidence"].to_pylist()
    (identifier,) = [e for e in evidence if e["kind"] == "identifier"]
    assert (identifier["identifier_value"], identifier["holders"]) == ("d1", 3)
    paid = {(e["account_a"], e["account_b"]): (e["payments"], e["amount"]) for e in evidence if e["kind"] == "relay"}
    assert paid["m1", "m2"] == (10, 500_000)


def test_unchanged_input_gives_identical_findings() -> None:
    one, two = (find_rings(snapshot(ring_world()), Settings(), None).tables for _ in range(2))
    assert findings_hash(one) == findings_hash(two)
    other = find_rings(snapshot(ring_world(shift=1)), Settings(), None).tables
    assert findings_hash(one) != findings_hash(other)
