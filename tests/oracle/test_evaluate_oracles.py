"""Figures against independent implementations: scikit-learn, scipy, networkx, exhaustive matching."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score

from graphfraud.evaluate.baselines import pagerank
from graphfraud.evaluate.matching import Planted, best_match
from graphfraud.evaluate.metrics import average_precision, ranking, wilson


@given(
    st.lists(st.booleans(), min_size=1, max_size=60).filter(any),
    st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None)
def test_average_precision_equals_sklearn_without_ties(labels: list[bool], shuffle: object) -> None:
    score = list(range(len(labels)))
    shuffle.shuffle(score)  # type: ignore[attr-defined]
    found = average_precision(np.array(score, float), np.array(labels))
    assert found == pytest.approx(average_precision_score(labels, score), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_ties_are_ranked_by_position(rows: list[tuple[int, bool]]) -> None:
    """Equal to the tie-free figure after lowering every score a little more than the one before."""
    score, labels = np.array([float(s) for s, _ in rows]), np.array([y for _, y in rows])
    apart = score - np.arange(len(rows)) * 1e-6
    assert average_precision(score, labels) == average_precision(apart, labels)
    assert ranking(score, labels, (3,)) == ranking(apart, labels, (3,))


def test_without_positives_there_is_no_average_precision() -> None:
    assert average_precision(np.array([1.0, 2.0]), np.array([False, False])) is None


@pytest.mark.parametrize(("hits", "total"), [(0, 10), (1, 10), (10, 10), (3, 1000), (499, 1000)])
def test_wilson_equals_scipy(hits: int, total: int) -> None:
    wanted = binomtest(hits, total).proportion_ci(confidence_level=0.95, method="wilson")
    found = wilson(hits, total)
    assert found.low == pytest.approx(wanted.low, abs=1e-12)
    assert found.high == pytest.approx(wanted.high, abs=1e-12)
    assert found.share == hits / total


def test_wilson_of_nothing_is_everything() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


accounts = st.frozensets(st.integers(0, 8), max_size=7)


@given(accounts, accounts, st.lists(accounts, max_size=5))
@settings(max_examples=300, deadline=None)
def test_best_match_equals_counting_account_by_account(
    acted: frozenset[int], idle: frozenset[int], found: list[frozenset[int]]
) -> None:
    ring = Planted(acted, idle - acted)
    best = 0.0
    for members in found:
        both = either = 0
        for account in range(9):
            if account in ring.neutral:
                continue
            both += account in members and account in acted
            either += account in members or account in acted
        best = max(best, both / either if either else 0.0)
    assert best_match(ring, found) == pytest.approx(best)


def test_pagerank_equals_networkx() -> None:
    import scipy.sparse as sp

    random = np.random.default_rng(7)
    graph = nx.gnp_random_graph(40, 0.12, seed=7)
    for a, b in graph.edges:
        graph[a][b]["weight"] = float(random.integers(1, 9))
    matrix = sp.csr_matrix(nx.to_scipy_sparse_array(graph, nodelist=range(40), weight="weight"))
    seed = np.zeros(40)
    seed[[3, 17]] = 1
    wanted = nx.pagerank(graph, alpha=0.85, personalization={3: 1.0, 17: 1.0}, tol=1e-12, max_iter=500)
    found = pagerank(matrix, seed)
    assert found.sum() == pytest.approx(1)
    assert np.abs(found - [wanted[i] for i in range(40)]).max() < 1e-3  # 50 iterations leave .85^50
    assert pagerank(matrix, np.zeros(40)).sum() == 0


def test_arrow_sorts_text_by_its_bytes() -> None:
    """Ties by account_id rest on this."""
    import pyarrow.compute as pc

    ids = ["é", "a", "Z", "案1", "z", "\U0001f600", "~", "10", "9"]
    column = pa.array(ids)
    found = column.take(pc.sort_indices(column)).to_pylist()
    assert found == sorted(ids, key=lambda s: s.encode())
