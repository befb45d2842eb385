"""Partitions worked out beside this process, and pairs added up against a dictionary."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.core.pairs import Pairs, collect
from graphfraud.errors import GraphFraudError
from graphfraud.rings import partitions as room
from graphfraud.rings.communities import leiden

GAMMAS = (0.1, 0.05, 0.03)
SEARCH = room.Search(GAMMAS, 4, 3)


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> Pairs:
    """A random graph, small, but shared all the same."""
    monkeypatch.setattr(room, "WORTH_SHARING", 0)
    random = np.random.default_rng(7)
    a, b = (random.integers(0, 400, 1500).astype(np.int32) for _ in range(2))
    return collect(400, a[a != b], b[a != b], np.round(random.random(int((a != b).sum())), 6))


def test_a_second_process_changes_no_partition(pairs: Pairs) -> None:
    with room.second(len(pairs)) as other:
        found = room.partitions(pairs, SEARCH, other)
    assert other is not None
    for (vertices, label), gamma in zip(found, GAMMAS, strict=True):
        expected = leiden(pairs, gamma, 4, 3)
        assert np.array_equal(vertices, expected[0])
        assert np.array_equal(label, expected[1])
    assert len({tuple(label.tolist()) for _, label in found}) == len(GAMMAS)


def test_a_second_process_that_dies_is_told(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    told = r"second process for rings ended with 1 .*--resume"
    with room.second(len(pairs)) as other, pytest.raises(GraphFraudError, match=told):
        room.partitions(pairs, SEARCH, other)


def test_few_links_need_no_second_process(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "WORTH_SHARING", len(pairs) + 1)
    with room.second(len(pairs)) as other:
        assert other is None
        alone = room.partitions(pairs, SEARCH, other)
    assert all(np.array_equal(found[1], leiden(pairs, g, 4, 3)[1]) for found, g in zip(alone, GAMMAS, strict=True))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9)), max_size=400))
def test_pairs_are_added_up_in_order(links: list[tuple[int, int, int]]) -> None:
    expected: dict[tuple[int, int], float] = {}
    for a, b, w in links:
        expected[min(a, b), max(a, b)] = expected.get((min(a, b), max(a, b)), 0.0) + w / 7
    columns = np.array(links, np.int64).reshape(-1, 3)
    found = collect(41, columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32), columns[:, 2] / 7)
    assert list(zip(found.a.tolist(), found.b.tolist(), strict=True)) == sorted(expected)
    assert found.weight.tolist() == [expected[pair] for pair in sorted(expected)]
