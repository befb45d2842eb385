"""Possible ways of cash against a slow pairing of every cash-out with every cash-in, and what chance alone makes."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trace_kit import case_of

from graphfraud.core.clock import HOUR
from graphfraud.core.snapshot import CASH_DESK
from graphfraud.trace import Limits, Rule, Starts, follow
from graphfraud.trace.book import Book
from graphfraud.trace.hypotheses import UNKNOWN_PLACE, CashEdge, CashRule, cash_edges, chance

WHO = ["a", "b", "c", "d"]
moves = st.lists(
    st.tuples(
        st.integers(0, 60).map(lambda h: h / 2), st.sampled_from(WHO), st.booleans(),
        st.sampled_from([89, 90, 95, 99, 100]),
    ),
    min_size=1, max_size=25,
)  # fmt: skip


def cash(rows: list[tuple[float, str, bool, int]]) -> Book:
    """A book of cash only: (hour, account, taken out, amount)."""
    return case_of([(t, a, "", x) if out else (t, "", a, x) for t, a, out, x in rows]).book


def outs(book: Book) -> Any:
    return np.flatnonzero(book.flows.payee == CASH_DESK).astype(np.int32)


def slow(book: Book, place: list[int], rule: CashRule) -> list[CashEdge]:
    """Every pair looked at; the best one left is taken until there is none."""
    flows = book.flows
    every = []
    for out in range(len(flows.time)):
        for paid in range(out + 1, len(flows.time)):
            if flows.payee[out] != CASH_DESK or flows.payer[paid] != CASH_DESK:
                continue
            wait, left = int(flows.time[paid] - flows.time[out]), int(flows.amount[out] - flows.amount[paid])
            same = place[out] == place[paid] and place[out] != UNKNOWN_PLACE
            enough = 10 * int(flows.amount[paid]) >= 9 * int(flows.amount[out])
            near = wait <= (rule.wait if same else rule.elsewhere_wait)
            if flows.payer[out] != flows.payee[paid] and left >= 0 and enough and near:
                every.append((not same, left, wait, out, paid))
    found = []
    while every:
        best = min(every)
        found.append(CashEdge(best[3], best[4], best[2], best[1], not best[0]))
        every = [e for e in every if e[3] != best[3] and e[4] != best[4]]
    return sorted(found, key=lambda e: (e.taken, e.paid))


@settings(max_examples=150, deadline=None)
@given(moves, st.data())
def test_pairs_are_those_of_looking_at_every_pair(rows: Any, data: st.DataObject) -> None:
    book = cash(rows)
    place = data.draw(st.lists(st.sampled_from([UNKNOWN_PLACE, 0, 1]), min_size=len(rows), max_size=len(rows)))
    assert cash_edges(book, outs(book), np.array(place, np.int32)) == slow(book, place, CashRule())


def test_a_trace_does_not_change_by_them() -> None:
    book = case_of([(0, "v", "a", 100), (1, "a", "", 100), (1.5, "", "b", 100), (2, "b", "c", 100)]).book
    trace = follow(book, Starts.of(book, [[0]]), Rule.LIFO, Limits())
    before = trace.coverage
    assert len(cash_edges(book, np.array([1], np.int32))) == 1
    assert follow(book, Starts.of(book, [[0]]), Rule.LIFO, Limits()).coverage == before
    assert (before.start, before.cash, before.held) == (100, 100, 0)  # c has 100, and it is not in the trace


#: 100 taken out at 10:00. Of the day's five cash-ins only b's is large enough; it comes at 10:30.
DAY = [
    (10.0, "a", True, 100), (10.5, "b", False, 100), (1.0, "c", False, 5), (4.0, "c", False, 5), (10.9, "d", False, 5),
    (20.0, "d", False, 5),
]  # fmt: skip


def test_chance_is_the_share_of_all_orders_of_the_day() -> None:
    """b's money may come at any of the five times: 10:30 and 10:54 are within the hour. All 120 orders counted."""
    book = cash(DAY)
    hours = [10.5, 1.0, 4.0, 10.9, 20.0]
    exact = sum(0 <= order[0] - 10 <= 1 for order in permutations(hours)) / 120
    assert exact == 2 / 5
    found = chance(book, outs(book), seeded=(2000, 7))
    assert found.edges == found.as_many == found.of[outs(book)[0]]  # one edge was found, and there is never a second
    assert found.edges / 2000 == pytest.approx(exact, abs=4 * (0.4 * 0.6 / 2000) ** 0.5)
    assert chance(book, outs(book), seeded=(2000, 7)) == found
    assert chance(book, outs(book), seeded=(2000, 8)) != found


def test_the_same_terminal_is_rare_by_chance() -> None:
    """At the same terminal six hours are allowed: 10:30, 10:54, not 20:00; elsewhere b's money would need the hour."""
    book = cash(DAY)
    place = np.full(len(book.flows.time), UNKNOWN_PLACE, np.int32)
    amount = book.flows.amount
    place[np.flatnonzero(amount == 100)] = 3
    wide = chance(book, outs(book), place, CashRule(wait=11 * HOUR), (2000, 7))
    assert wide.edges / 2000 == pytest.approx(3 / 5, abs=4 * (0.4 * 0.6 / 2000) ** 0.5)


def test_where_nothing_can_fit_chance_makes_nothing_and_a_lone_cash_in_is_chance() -> None:
    far = cash([(10, "a", True, 100), (11, "b", False, 50)])
    assert chance(far, outs(far), seeded=(50, 1)).edges == 0
    assert chance(far, outs(far), seeded=(50, 1)).as_many == 50  # none was found
    lone = cash([(10, "a", True, 100), (10.5, "b", False, 100)])
    assert chance(lone, outs(lone), seeded=(50, 1)).edges == 50
    assert chance(lone, np.zeros(0, np.int32), seeded=(50, 1)).of == {}


def test_only_the_day_is_shuffled() -> None:
    """Another day's cash-in of the same amount never counts."""
    book = cash([(10, "a", True, 100), (10.5, "b", False, 5), (34.2, "c", False, 100), (35, "d", False, 5)])
    assert chance(book, outs(book), seeded=(200, 1)).edges == 0
