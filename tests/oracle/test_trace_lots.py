"""FIFO lots against one token per fen, the worked example, and offsets that compose under both rules."""

from __future__ import annotations

from collections import defaultdict, deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot
from test_lots import openings, payments

from graphfraud.core.snapshot import OPENING, UNEXPLAINED, Lots, Snapshot
from graphfraud.errors import UsageError
from graphfraud.trace import Rule, match_lots


def lots(world: Snapshot, rule: Rule) -> Lots:
    return match_lots(world.accounts, world.flows, world.events, rule)


def marked(world: Snapshot, rule: Rule) -> dict[int, list[tuple[int, int]]]:
    """Per flow the (inflow, place in it) of each of its fen: one queue of single fen per account."""
    queues: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
    for v in range(len(world.accounts)):
        queues[v].extend((OPENING, i) for i in range(int(world.accounts.opening_balance[v])))
    result = {}
    for f in range(len(world.flows.time)):
        payer, payee, amount = (int(x[f]) for x in (world.flows.payer, world.flows.payee, world.flows.amount))
        if payer >= 0:
            result[f] = []
            for _ in range(amount):
                mine = queues[payer]
                token = (UNEXPLAINED, 0) if not mine else mine.pop() if rule == Rule.LIFO else mine.popleft()
                result[f].append(token)
        if payee >= 0:
            queues[payee].extend((f, i) for i in range(amount))
    return result


def read(found: Lots) -> dict[int, list[int]]:
    """Per flow the inflow of each of its fen, from the links, which must lie end to end."""
    result: dict[int, list[int]] = defaultdict(list)
    for i in range(len(found.amount)):
        assert len(result[int(found.outflow[i])]) == found.out_offset[i]
        result[int(found.outflow[i])] += [int(found.inflow[i])] * int(found.amount[i])
    return result


@settings(max_examples=400, deadline=None)
@given(payments, openings, st.sampled_from([Rule.FIFO, Rule.LIFO]))
def test_every_fen_leaves_as_its_rule_says(moves: list, opening: dict[str, int], rule: Rule) -> None:
    world = snapshot(World(moves, opening=opening))
    wanted = {f: [source for source, _ in fen] for f, fen in marked(world, rule).items()}
    assert read(lots(world, rule)) == wanted


@settings(max_examples=300, deadline=None)
@given(payments, openings)
def test_fifo_offsets_are_places_of_single_fen(moves: list, opening: dict[str, int]) -> None:
    world = snapshot(World(moves, opening=opening))
    found, wanted = lots(world, Rule.FIFO), marked(world, Rule.FIFO)
    for i in np.flatnonzero(found.inflow >= 0):
        begin = int(found.out_offset[i])
        for k in range(int(found.amount[i])):
            assert wanted[int(found.outflow[i])][begin + k] == (found.inflow[i], found.in_offset[i] + k)


@settings(max_examples=150, deadline=None)
@given(payments, openings, st.sampled_from([Rule.FIFO, Rule.LIFO]))
def test_links_are_few_and_parts_do_not_overlap(moves: list, opening: dict[str, int], rule: Rule) -> None:
    world = snapshot(World(moves, opening=opening))
    found = lots(world, rule)
    known = found.inflow != UNEXPLAINED
    assert known.sum() <= len(world.events.flow) + len(world.accounts)
    for f in range(len(world.flows.time)):
        links = found.in_order[found.in_ptr[f] : found.in_ptr[f + 1]]
        begin, length = found.in_offset[links], found.amount[links]
        assert (np.diff(begin) >= length[:-1]).all()
        assert not len(links) or begin[-1] + length[-1] <= world.flows.amount[f]


def test_worked_example() -> None:
    """A +10, B +10, −10, C +10, −10: FIFO leaves C 10, LIFO leaves A 10 (algorithms.md §6)."""
    world = snapshot(
        World([(1, "A", "x", 10), (2, "B", "x", 10), (3, "x", "y", 10), (4, "C", "x", 10), (5, "x", "z", 10)])
    )
    for rule, left in ((Rule.FIFO, [0, 0, 10]), (Rule.LIFO, [10, 0, 0])):
        found = lots(world, rule)
        kept = [10 - int(found.amount[found.inflow == f].sum()) for f in (0, 1, 3)]
        assert kept == left


def test_rules_of_shares_have_no_lots() -> None:
    world = snapshot(World([(1, "a", "b", 1)]))
    with pytest.raises(UsageError, match="pro-rata"):
        lots(world, Rule.PRO_RATA)
