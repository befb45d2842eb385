"""Traces under all five rules against slow ones: one token per fen, largest remainders, fractions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trace_kit import Case, bounds, case_of, cases, exact, found, share_trace, token_trace, whole

from graphfraud.core.clock import HOUR
from graphfraud.trace.attribution import Starts, follow
from graphfraud.trace.rules import LOT_RULES, RULES, End, Limits, Rule

SHARE_RULES = [r for r in RULES if r not in LOT_RULES]
WIDE = Limits(depth=1000, window=10**15, breadth=10**6)
ways = st.sampled_from(["down", "up"])


@settings(max_examples=900, deadline=None)
@given(cases(), st.sampled_from(LOT_RULES), bounds, ways)
def test_lots_agree_with_single_fen(case: Case, rule: Rule, limits: Limits, way: str) -> None:
    trace = follow(case.book, Starts.of(case.book, case.origins), rule, limits, way)
    assert found(trace) == token_trace(case, rule, limits, way)


@settings(max_examples=900, deadline=None)
@given(cases(), st.sampled_from(SHARE_RULES), bounds)
def test_shares_agree_with_largest_remainders(case: Case, rule: Rule, limits: Limits) -> None:
    trace = follow(case.book, Starts.of(case.book, case.origins), rule, limits)
    assert found(trace) == share_trace(case, rule, limits, whole)


@settings(max_examples=400, deadline=None)
@given(cases(scale=1_000_003), st.sampled_from(SHARE_RULES), bounds)
def test_shares_agree_with_fractions_within_a_fen_per_event(case: Case, rule: Rule, limits: Limits) -> None:
    """Amounts of millions of fen: a fen of rounding per origin, account and payment, nothing more."""
    trace = found(follow(case.book, Starts.of(case.book, case.origins), rule, limits))
    wanted = share_trace(case, rule, limits, exact)
    slack = 2 * len(case.world.flows.time)
    for mine, theirs in ((trace.hops, wanted.hops), (trace.ends, wanted.ends)):
        assert all(abs(mine[key] - theirs[key]) <= slack for key in mine.keys() | theirs.keys())


@settings(max_examples=250, deadline=None)
@given(cases(), st.sampled_from(RULES), st.integers(0, 31))
def test_a_horizon_is_the_same_as_not_knowing_what_came_later(case: Case, rule: Rule, hour: int) -> None:
    """Later events change nothing earlier: the trace up to a moment is that of the world cut off there."""
    limits = Limits(depth=9, window=30 * HOUR, breadth=10**6, horizon=int(case.world.flows.time[0]) + hour * HOUR)
    trace = follow(case.book, Starts.of(case.book, case.origins), rule, limits)
    slow = token_trace(case, rule, limits, "down") if rule in LOT_RULES else share_trace(case, rule, limits, whole)
    assert found(trace) == slow


def worked(scale: int) -> Case:
    moves = [(1, "A", "x", 10), (2, "B", "x", 10), (3, "x", "y", 10), (4, "C", "x", 10), (5, "x", "z", 10)]
    return case_of([(t, a, b, x * scale) for t, a, b, x in moves])


@pytest.mark.parametrize(
    ("rule", "left"),
    [(Rule.FIFO, [0, 0, 10]), (Rule.LIFO, [10, 0, 0]), (Rule.PRO_RATA, [2.5, 2.5, 5])],
)
def test_worked_example(rule: Rule, left: list[float]) -> None:
    """A +10, B +10, −10, C +10, −10 (algorithms.md §6), in units of 100."""
    case = worked(100)
    trace = follow(case.book, Starts.of(case.book, [[0], [1], [3]]), rule, WIDE)
    x = case.world.code("x")
    held = trace.ended(End.HELD)
    assert [held.get((o, x), 0) for o in range(3)] == [100 * part for part in left]


@pytest.mark.parametrize(("rule", "left"), [(Rule.LIBR, 10), (Rule.TAINT_FIRST, 0), (Rule.PRO_RATA, 2.5)])
def test_clean_money_first_or_last(rule: Rule, left: float) -> None:
    """Only A's 10 are traced: B and C cover both debits (LIBR), A's leave first (taint-first)."""
    case = worked(100)
    trace = follow(case.book, Starts.of(case.book, [[0]]), rule, WIDE)
    assert trace.ended(End.HELD).get((0, case.world.code("x")), 0) == 100 * left
