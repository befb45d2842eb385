"""Data requests and hypothesis edges: what they rank and pair, worked out by hand, and that totals never see them."""

from __future__ import annotations

import numpy as np
from trace_kit import case_of

from graphfraud.core.clock import HOUR, MINUTE
from graphfraud.trace import End, Limits, Rule, Starts, under_all_rules
from graphfraud.trace.hypotheses import UNKNOWN_PLACE, CashEdge, CashRule, cash_edges
from graphfraud.trace.requests import amounts_by_bank, best_under, next_requests


def test_the_statement_that_explains_most_comes_first() -> None:
    """v pays a 100; a, with 100 of its own, pays b (other bank) 80, d (other bank) 60 and keeps 60.

    FIFO: a's own money leaves first: b 0, d 40. LIFO: b 80, d 20. Pro-rata: 40 and 30. LIBR: 0 and 40. Taint-first:
    80 and 20. So b ranges 0 to 80 and d 20 to 40.
    """
    case = case_of(
        [(1, "v", "a", 100), (2, "a", "b", 80), (3, "a", "d", 60)], {"a": 100},
        {"b": End.OTHER_BANK, "d": End.OTHER_BANK},
    )  # fmt: skip
    book = case.book
    traces = under_all_rules(book, Starts.of(book, [[0]]), Limits())
    bank = ["", "BKB", "", "BKD", ""]
    b, d = book.account("b"), book.account("d")
    found = next_requests(traces, bank)
    assert [(r.account, r.bank, r.low, r.high, r.payments) for r in found] == [
        (b, "BKB", 0, 80, 1), (d, "BKD", 20, 40, 1),  # 200 and 150 over the five rules
    ]  # fmt: skip
    assert (found[1].since, found[1].until) == (int(book.flows.time[2]),) * 2
    spans = {bank: (min(a.values()), max(a.values())) for bank, a in amounts_by_bank(found).items()}
    assert spans == {"BKB": (0, 80), "BKD": (20, 40)}
    lots_and_taint, others = [Rule.LIFO, Rule.PRO_RATA, Rule.TAINT_FIRST], [Rule.FIFO, Rule.LIBR]
    assert best_under([r.amounts for r in found]) == [lots_and_taint, others]
    assert next_requests({}) == []
    assert next_requests({Rule.LIFO: traces[Rule.LIFO]})[0].account == b


def test_up_the_other_bank_is_the_source() -> None:
    book = case_of([(1, "d", "a", 100), (2, "a", "b", 80)], stops={"d": End.OTHER_BANK}).book
    traces = under_all_rules(book, Starts.of(book, [[1]]), Limits(), "up")
    assert [(r.account, r.low, r.high) for r in next_requests(traces)] == [(book.account("d"), 80, 80)]


CASH = [
    (1.0, "a", "", 1000),  # 0 taken out
    (1.2, "", "b", 950),  # 1 within the hour, 50 less
    (1.5, "", "c", 1000),  # 2 within the hour, all of it
    (3.0, "", "d", 990),  # 3 two hours later
    (1.4, "", "e", 1001),  # 4 more than was taken out
    (1.3, "", "f", 899),  # 5 less than nine tenths
    (0.9, "", "g", 1000),  # 6 before it
    (1.1, "", "a", 1000),  # 7 the same account
]


def edges(place: dict[float, int] | None = None) -> list[CashEdge]:
    book = case_of(CASH).book
    hour = [round((int(t) - int(book.flows.time[0])) / HOUR + 0.9, 1) for t in book.flows.time]
    codes = None if place is None else np.array([place.get(h, UNKNOWN_PLACE) for h in hour], np.int32)
    taken = np.flatnonzero(book.flows.payee == -1).astype(np.int32)
    found = cash_edges(book, taken, codes)
    return [CashEdge(hour[e.taken], hour[e.paid], e.wait, e.difference, e.same_place) for e in found]


def test_the_closest_amount_within_the_hour_is_paired() -> None:
    assert edges() == [CashEdge(1.0, 1.5, 30 * MINUTE, 0, False)]


def test_the_same_terminal_counts_before_the_amount_and_allows_more_time() -> None:
    assert edges({1.0: 7, 3.0: 7}) == [CashEdge(1.0, 3.0, 2 * HOUR, 10, True)]
    assert edges({1.0: 7, 3.0: 8}) == [CashEdge(1.0, 1.5, 30 * MINUTE, 0, False)]


def test_notes_are_paid_in_once() -> None:
    """Two cash-outs of the same amount, one cash-in: the shorter wait has it."""
    book = case_of([(1, "a", "", 500), (1.1, "b", "", 500), (1.2, "", "c", 500)]).book
    taken = np.array([0, 1], np.int32)
    assert [(e.taken, e.paid) for e in cash_edges(book, taken)] == [(1, 2)]
    assert cash_edges(book, taken, rule=CashRule(elsewhere_wait=MINUTE)) == []


def test_hypotheses_are_in_no_total() -> None:
    """b's cash may be a's; a trace of what came into b still begins with the cash, and a's still ends with it."""
    book = case_of([(1, "v", "a", 500), (2, "a", "", 500), (2.5, "", "b", 500), (3, "b", "c", 500)]).book
    assert [(e.taken, e.paid) for e in cash_edges(book, np.array([1], np.int32))] == [(1, 2)]
    for trace in under_all_rules(book, Starts.of(book, [[0]]), Limits()).values():
        assert trace.totals == {End.CASH: 500}
    for trace in under_all_rules(book, Starts.of(book, [[3]]), Limits(), "up").values():
        assert trace.totals == {End.CASH: 500}
