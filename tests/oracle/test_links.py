"""Identifier links by holder: against the formula written out, and the rules that protect families and hubs."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot

from graphfraud.core.links import LinkRule, holders_among, identifier_links

uses = st.lists(
    st.tuples(
        st.sampled_from("abcdefg"),
        st.sampled_from(["device", "phone", "ip", "mac", "address"]),
        st.sampled_from(["x", "y", "z"]),
    ),
    max_size=25,
)
owners = st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from(["p", "q", "r"]))


@settings(max_examples=200, deadline=None)
@given(uses, owners, st.integers(2, 4), st.sampled_from([0.5, 1.0]))
def test_links_are_the_formula(rows: list, holders: dict[str, str], cap: int, power: float) -> None:
    world = snapshot(World([], holders=holders, identifiers=rows, extra=list("abcdefg")))
    expected: dict[tuple[str, str], float] = {}
    for kind, value in {(k, v) for _, k, v in rows if k in ("device", "phone")}:
        accounts = sorted({a for a, k, v in rows if (k, v) == (kind, value)})
        owner = {a: holders.get(a, f"own {a}") for a in accounts}
        k = len(set(owner.values()))
        if 2 <= k <= cap:
            for a, b in itertools.combinations(accounts, 2):
                if owner[a] != owner[b]:
                    expected[a, b] = expected.get((a, b), 0) + 1 / (k - 1) ** power
    found = identifier_links(world.accounts, world.identifiers, world.as_of, LinkRule(cap, power, 90.0)).pairs(7)
    got = {("abcdefg"[a], "abcdefg"[b]): w for a, b, w in zip(found.a, found.b, found.weight, strict=True)}
    assert got == pytest.approx(expected)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12))
def test_one_more_holder_strictly_lowers_the_weight(k: int) -> None:
    def weight(holders: int) -> float:
        rows = [(f"a{i:02d}", "device", "d") for i in range(holders)]
        world = snapshot(World([], identifiers=rows))
        return float(identifier_links(world.accounts, world.identifiers, world.as_of, LinkRule(20, 1.0, 90)).weight[0])

    assert weight(k + 1) < weight(k)


def test_age_halves_a_link() -> None:
    world = snapshot(World([], identifiers=[("a", "phone", "1"), ("b", "phone", "1")]))
    later = world.as_of + 90 * 86_400_000_000
    found = identifier_links(world.accounts, world.identifiers, later, LinkRule(20, 1.0, 90.0))
    np.testing.assert_allclose(found.weight, [0.5])


def test_a_sharing_that_has_long_been_there_counts_less() -> None:
    """b began to use a's phone 120 days before T, a much earlier: half of what can be lost is lost."""
    world = snapshot(World([], identifiers=[("a", "phone", "1"), ("b", "phone", "1")]))
    first = world.as_of - np.array([900, 120]) * 86_400_000_000
    uses = replace(world.identifiers, first_seen=first)
    for floor, expected in ((0.1, 0.1 + 0.9 * 0.5), (1.0, 1.0), (0.0, 0.5)):
        rule = LinkRule(20, 1.0, 90.0, 120.0, floor)
        found = identifier_links(world.accounts, uses, world.as_of, rule)
        np.testing.assert_allclose(found.weight, [expected])


def test_holders_among_the_referred() -> None:
    rows = [("a", "phone", "1"), ("b", "phone", "1"), ("c", "phone", "1"), ("c", "phone", "2"), ("d", "phone", "2")]
    world = snapshot(World([], holders={"a": "p", "b": "p"}, identifiers=rows))
    chosen = np.array([name in "abc" for name in world.accounts.id])
    assert holders_among(world.accounts, world.identifiers, chosen).tolist() == [2, 1]  # a and b are one holder


def test_hubs_are_counted_and_not_crossed() -> None:
    rows = [(f"a{i:02d}", "phone", "shop") for i in range(21)]
    world = snapshot(World([], identifiers=rows))
    found = identifier_links(world.accounts, world.identifiers, world.as_of, LinkRule(20, 1.0, 90.0))
    assert len(found.a) == 0
    assert found.holders.tolist() == [21]
