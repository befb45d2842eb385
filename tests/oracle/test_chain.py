"""Chains against single fen followed one by one, and the totals that must add up under every limit."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot
from test_lots import openings, payments, tokens

from graphfraud.core.clock import HOUR
from graphfraud.core.snapshot import OPENING, UNEXPLAINED, Snapshot
from graphfraud.trace import ChainLimits, End, chain

WIDE = ChainLimits(depth=60, window_days=1e4, breadth=10_000)


def sources(world: Snapshot, account: int) -> Counter[End]:
    """Follow every fen that came into an account back to where it began."""
    made, flows = tokens(world), world.flows
    ends: Counter[End] = Counter()

    def back(flow: int, place: int) -> End:
        if flows.payer[flow] < 0:
            return End.CASH
        source = made[flow][place]
        if source == OPENING:
            return End.OPENING
        if source == UNEXPLAINED:
            return End.UNEXPLAINED
        used = position[flow][place]
        return back(source, used)

    position = where(world)
    for f in range(len(flows.time)):
        if flows.payee[f] == account:
            ends.update(back(f, i) for i in range(int(flows.amount[f])))
    return ends


def where(world: Snapshot) -> dict[int, list[int]]:
    """Per flow and fen, which fen of its inflow it was (offsets counted in the order of consumption)."""
    taken: Counter[tuple[int, int]] = Counter()
    result = {}
    for flow, origin in tokens(world).items():
        account = int(world.flows.payer[flow])
        places = []
        for source in origin:
            places.append(taken[account, source])
            taken[account, source] += 1
        result[flow] = places
    return result


@settings(max_examples=150, deadline=None)
@given(payments, openings)
def test_sources_agree_with_single_fen(moves: list, opening: dict[str, int]) -> None:
    world = snapshot(World(moves, opening=opening))
    for account in range(len(world.accounts)):
        assert chain(world, account, "up", WIDE).totals == sources(world, account)


@settings(max_examples=150, deadline=None)
@given(
    payments, st.integers(1, 5), st.integers(0, 4), st.integers(1, 6), st.floats(0.1, 1.5),
    st.sampled_from(["up", "down"]),
)  # fmt: skip
def test_every_fen_ends_somewhere(moves: list, depth: int, floor: int, breadth: int, window: float, way: str) -> None:
    world = snapshot(World(moves, pooled=frozenset({"c"}), merchants=frozenset({"d"})))
    limits = ChainLimits(depth, window, floor, breadth)
    for account in range(len(world.accounts)):
        found = chain(world, account, way, limits)
        assert sum(found.totals.values()) == found.start
        assert len(found.hops) <= breadth
        for hop in found.hops:
            onward = sum(h.carried for h in found.hops if h.parent == hop.number)
            assert onward + sum(hop.ends.values()) == hop.carried


@settings(max_examples=80, deadline=None)
@given(payments, openings)
def test_what_went_down_is_held_or_left(moves: list, opening: dict[str, int]) -> None:
    """Money held at T by everybody, traced from every account's cash-ins, equals what cash-ins left inside."""
    world = snapshot(World(moves, opening=opening))
    for account in range(len(world.accounts)):
        found = chain(world, account, "down", WIDE)
        assert set(found.totals) <= {End.HELD, End.CASH}


def test_time_respects_the_window_and_the_order() -> None:
    world = snapshot(World([(1, "v", "a", 100), (2, "a", "b", 60), (200, "b", "c", 60)], opening={"v": 100}))
    found = chain(world, world.code("a"), "down", ChainLimits(window_days=7))
    assert found.totals == {End.HELD: 40, End.WAITED: 60}
    assert [(h.depth, h.carried, h.dwell) for h in found.hops] == [(1, 100, 0), (2, 60, HOUR)]
    assert found.cut == {End.WAITED: 1}


@pytest.mark.parametrize(("account", "end"), [("shop", End.MERCHANT), ("wallet", End.POOLED)])
def test_pooled_accounts_and_merchants_end_a_branch(account: str, end: End) -> None:
    moves = [(1, "v", "a", 100), (2, "a", account, 100), (3, account, "z", 100)]
    world = snapshot(World(moves, pooled=frozenset({"wallet"}), merchants=frozenset({"shop"})))
    found = chain(world, world.code("a"), "down", ChainLimits())
    assert found.totals == {end: 100}
    assert {h.payee for h in found.hops} == {world.code("a"), world.code(account)}


def test_a_cycle_ends_by_itself() -> None:
    world = snapshot(World([(1, "a", "b", 10), (2, "b", "c", 10), (3, "c", "a", 10), (4, "a", "d", 10)]))
    found = chain(world, world.code("b"), "down", ChainLimits(depth=10))
    assert found.totals == {End.HELD: 10}
    assert [h.payee for h in found.hops] == [world.code(x) for x in "bcad"]


def test_a_hub_is_cut_by_breadth_and_still_adds_up() -> None:
    """100,000 payments into one account: the largest are followed, the others are counted and summed."""
    world = snapshot(World([(i / 1000, "payer", "hub", 1 + i % 7) for i in range(100_000)], opening={"payer": 10**6}))
    found = chain(world, world.code("hub"), "up", ChainLimits(breadth=50, min_amount=3))
    assert found.start == sum(1 + i % 7 for i in range(100_000))
    assert found.totals[End.SMALL] == sum(x for x in (1 + i % 7 for i in range(100_000)) if x < 3)
    assert sum(found.totals.values()) == found.start
    assert sum(found.cut.values()) == 100_000 - len([h for h in found.hops if h.parent == -1])
