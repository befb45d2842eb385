"""LIFO lots against one token per fen, and the conservation that every trace rests on."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot

from graphfraud.core.snapshot import OPENING, UNEXPLAINED, Snapshot

payments = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from(["", "a", "b", "c", "d"]), st.sampled_from(["", "a", "b", "c", "d"]),
        st.integers(1, 6),
    ).filter(lambda p: p[1] != p[2]),
    max_size=25,
)  # fmt: skip
openings = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 8))


def tokens(world: Snapshot) -> dict[int, list[int]]:
    """Per flow the inflow each of its fen came from, in the order in which they were consumed: one stack of single fen
    per account."""
    stacks: dict[int, list[int]] = defaultdict(list)
    for v in range(len(world.accounts)):
        stacks[v] = [OPENING] * int(world.accounts.opening_balance[v])
    result: dict[int, list[int]] = {}
    for f in range(len(world.flows.time)):
        payer, payee, amount = (int(x[f]) for x in (world.flows.payer, world.flows.payee, world.flows.amount))
        if payer >= 0:
            result[f] = [stacks[payer].pop() if stacks[payer] else UNEXPLAINED for _ in range(amount)]
        if payee >= 0:
            stacks[payee] += [f] * amount
    return result


def spread(world: Snapshot) -> dict[int, list[int]]:
    """The same, read from the links."""
    result: dict[int, list[int]] = defaultdict(list)
    lots = world.lots
    for i in range(len(lots.amount)):
        assert len(result[int(lots.outflow[i])]) == lots.out_offset[i]
        result[int(lots.outflow[i])] += [int(lots.inflow[i])] * int(lots.amount[i])
    return result


@settings(max_examples=300, deadline=None)
@given(payments, openings)
def test_every_fen_leaves_as_the_newest_one_that_came(moves: list, opening: dict[str, int]) -> None:
    world = snapshot(World(moves, opening=opening))
    assert spread(world) == tokens(world)


@settings(max_examples=200, deadline=None)
@given(payments, openings)
def test_parts_of_an_inflow_do_not_overlap_and_do_not_exceed_it(moves: list, opening: dict[str, int]) -> None:
    world = snapshot(World(moves, opening=opening))
    lots = world.lots
    for f in range(len(world.flows.time)):
        links = lots.in_order[lots.in_ptr[f] : lots.in_ptr[f + 1]]
        begin, length = lots.in_offset[links], lots.amount[links]
        assert (np.diff(begin) >= length[:-1]).all()
        assert length.sum() <= world.flows.amount[f]
        assert not len(links) or begin[-1] + length[-1] <= world.flows.amount[f]


@settings(max_examples=100, deadline=None)
@given(payments, st.integers(0, 30))
def test_later_events_change_nothing_earlier(moves: list, cut: int) -> None:
    whole = snapshot(World(moves, extra=["a", "b", "c", "d"]))
    kept = sorted(range(len(moves)), key=lambda i: (moves[i][0], i))
    early = snapshot(World([moves[i] for i in kept if moves[i][0] < cut], extra=["a", "b", "c", "d"]))
    late = snapshot(World([moves[i] for i in kept], extra=["a", "b", "c", "d"]))
    assert spread(late).keys() == spread(whole).keys()
    for flow, sources in spread(early).items():
        assert spread(late)[flow] == sources


def test_worked_example_of_lifo() -> None:
    """A +10, B +10, −10, C +10, −10: LIFO leaves A 10 (algorithms.md §6)."""
    world = snapshot(
        World([(1, "A", "x", 10), (2, "B", "x", 10), (3, "x", "y", 10), (4, "C", "x", 10), (5, "x", "z", 10)])
    )
    assert spread(world)[2] == [1] * 10
    assert spread(world)[4] == [3] * 10
    untouched = world.lots.in_ptr[1] - world.lots.in_ptr[0]
    assert untouched == 0


def test_debit_beyond_everything_known_is_unexplained() -> None:
    world = snapshot(World([(1, "a", "x", 5), (2, "x", "b", 12)], opening={"x": 4, "a": 5}))
    assert spread(world)[1] == [0] * 5 + [OPENING] * 4 + [UNEXPLAINED] * 3
