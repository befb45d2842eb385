"""What a trace answers to input that is wrong, odd or very large: a clear answer each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from snapshot_kit import World, snapshot
from trace_kit import case_of

from graphfraud.core.snapshot import Referrals
from graphfraud.core.text import TextColumn
from graphfraud.errors import UnknownId, UsageError
from graphfraud.trace import RULES, Book, End, Limits, Rule, Starts, follow

DAY_ONLY = [(0, "v", "a", 100), (0, "a", "b", 100), (0, "b", "a", 100), (0, "a", "c", 100)]
WIDE = Limits(depth=1000, window=10**15, breadth=10**6)


def referrals(payments: list[tuple[str, int]]) -> Referrals:
    """Referrals of (case, number of the victim's payment or −1)."""
    n = len(payments)
    none = np.full(n, -1, np.int32)
    return Referrals(
        TextColumn.of([f"r{i}" for i in range(n)]), TextColumn.of([case for case, _ in payments]),
        np.zeros(n, np.int32), np.zeros(n, np.int64), none, np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.array([f for _, f in payments], np.int32),
    )  # fmt: skip


def test_an_unknown_account_and_an_unknown_or_reversed_payment_are_named() -> None:
    """Reversed and failed payments are no flows of a snapshot: they are not there, and the message says why."""
    book = case_of([(1, "v", "a", 100)]).book
    with pytest.raises(UnknownId, match="'nobody' is not among the"):
        book.account("nobody")
    for txn in ("t999999", ""):
        with pytest.raises(UnknownId, match="reversed"):
            book.payment(txn)


def test_a_payment_is_found_by_its_serial() -> None:
    book = case_of([(i % 7, "v", "a", 1 + i) for i in range(50)]).book
    for f in range(50):
        assert book.payment(book.flows.txn[f]) == f


@pytest.mark.parametrize("rule", RULES)
def test_equal_and_date_only_times_are_ordered_by_serial(rule: Rule) -> None:
    """v→a→b→a→c within one moment: the serial decides, so the money arrives at c."""
    book = case_of(DAY_ONLY).book
    trace = follow(book, Starts.of(book, [[0]]), rule, WIDE)
    assert trace.held() == {book.account("c"): 100}
    assert [h.flow for h in trace.all_hops()] == [0, 1, 2, 3]
    assert all(h.dwell == 0 for h in trace.all_hops())


@pytest.mark.parametrize("rule", RULES)
def test_a_cycle_back_to_the_victim_ends_at_the_victim(rule: Rule) -> None:
    """60 come back: the victim holds them; when the victim pays them again in a start, they are followed from there."""
    moves = [(1, "v", "a", 100), (2, "a", "v", 60), (3, "v", "b", 60)]
    book = case_of(moves).book
    once = follow(book, Starts.of(book, [[0]]), rule, Limits(horizon=int(book.flows.time[1])))
    assert once.held() == {book.account("a"): 40, book.account("v"): 60}
    twice = follow(book, Starts.of(book, [[0], [2]]), rule, WIDE)
    assert twice.ended(End.RESTARTED) == {(0, book.account("v")): 60}
    assert twice.held() == {book.account("a"): 40, book.account("b"): 60}
    assert twice.cut == {End.RESTARTED: 1}
    assert twice.coverage.start == 160


def test_a_case_without_payments_and_a_case_that_is_not_there() -> None:
    book = case_of([(1, "v", "a", 100), (2, "w", "a", 50)]).book
    known = referrals([("A1", 0), ("A2", -1), ("A1", 1), ("A1", 0)])
    with pytest.raises(UsageError, match="no victim's payment of case 'A2' could be identified"):
        Starts.of_case(book, known, "A2")
    with pytest.raises(UnknownId, match="'A3'"):
        Starts.of_case(book, known, "A3")
    found = Starts.of_case(book, known, "A1")
    assert found.flow.tolist() == [0, 1]
    assert len(found) == 2


def test_nothing_to_trace_and_a_payment_named_twice() -> None:
    book = case_of([(1, "v", "a", 100), (2, "a", "b", 100)]).book
    with pytest.raises(UsageError, match="no payment to trace"):
        Starts.of(book, [])
    with pytest.raises(UsageError, match="named twice"):
        Starts.of(book, [[0], [1, 0]])
    with pytest.raises(UsageError, match="no payment came into account v"):
        Starts.into(book, book.account("v"))
    with pytest.raises(UsageError, match="no payment came into"):
        Starts.into(book, book.account("a"), since=int(book.flows.time[0]) + 1)


def test_limits_out_of_range() -> None:
    for bad in ({"depth": 0}, {"window": -1}, {"floor": -1}, {"breadth": 0}, {"busy": 0}):
        with pytest.raises(UsageError, match="out of range"):
            Limits(**bad)


@pytest.mark.parametrize("rule", RULES)
def test_a_debit_beyond_the_balance_is_unexplained(rule: Rule) -> None:
    """a has 5 and pays 12: what goes on of the 5 is all of it, and 7 of the 12 have no source."""
    book = case_of([(1, "", "a", 5), (2, "a", "b", 12)]).book
    assert follow(book, Starts.of(book, [[0]]), rule, WIDE).held() == {book.account("b"): 5}
    back = follow(book, Starts.of(book, [[1]]), rule, WIDE, "up")
    assert back.totals == {End.CASH: 5, End.UNEXPLAINED: 7}
    assert back.coverage.unexplained == 7


@pytest.mark.parametrize("rule", RULES)
def test_ten_thousand_victims_of_one_account(rule: Rule) -> None:
    """Each pays 7 into x, which pays 30 × 1,000 on: every origin conserves, and 40,000 stay."""
    moves = [(1 + i / 10_000, f"v{i:05d}", "x", 7) for i in range(10_000)]
    moves += [(10 + i, "x", f"y{i:02d}", 1000) for i in range(30)]
    world = snapshot(World(moves))
    book = Book.of(world)
    trace = follow(book, Starts.of(book, [[f] for f in range(10_000)]), rule, WIDE)
    assert trace.coverage.start == 70_000
    assert trace.held()[book.account("x")] == 40_000
    assert {trace.held()[book.account(f"y{i:02d}")] for i in range(30)} == {1000}


def test_a_hub_is_cut_by_breadth_and_still_adds_up() -> None:
    """100,000 payments into one account: the largest are followed, the others are counted and summed."""
    book = Book.of(snapshot(World([(i / 1000, "payer", "hub", 1 + i % 7) for i in range(100_000)], end=200)))
    starts = Starts.into(book, book.account("hub"))
    trace = follow(book, starts, Rule.LIFO, Limits(floor=3, breadth=50), "up")
    assert trace.coverage.start == sum(1 + i % 7 for i in range(100_000))
    assert trace.hops.carried.tolist() == [7] * 50
    small = sum(1 for i in range(100_000) if 1 + i % 7 < 3)
    assert trace.cut == {End.SMALL: small, End.BREADTH: 100_000 - small - 50}


@pytest.mark.parametrize("rule", RULES)
def test_what_each_limit_cuts_is_counted(rule: Rule) -> None:
    """100 in; 60 and 40 on, after 1 h and 30 h."""
    book = case_of([(1, "v", "a", 100), (2, "a", "b", 60), (31, "a", "c", 40)]).book
    starts = Starts.of(book, [[0]])

    def cut(**bounds: int) -> tuple[dict[End, int], dict[End, int]]:
        trace = follow(book, starts, rule, replace(WIDE, **bounds))
        return {e: x for e, x in trace.totals.items() if e != End.HELD}, trace.cut

    assert cut() == ({}, {})
    assert cut(depth=1) == ({End.DEPTH: 100}, {End.DEPTH: 2})
    assert cut(window=3_600_000_000) == ({End.WAITED: 40}, {End.WAITED: 1})
    assert cut(floor=50) == ({End.SMALL: 40}, {End.SMALL: 1})
    assert cut(breadth=2) == ({End.BREADTH: 40}, {End.BREADTH: 1})
    assert cut(floor=101) == ({End.SMALL: 100}, {End.SMALL: 1})
    assert cut(horizon=int(book.flows.time[0]) - 1) == ({End.BEYOND: 100}, {End.BEYOND: 1})


def test_a_busy_account_is_not_shared_out_in_reverse() -> None:
    book = case_of([(1, "", "a", 100), (2, "a", "b", 60), (3, "a", "c", 40)]).book
    starts = Starts.of(book, [[2]])
    trace = follow(book, starts, Rule.PRO_RATA, Limits(busy=1), "up")
    assert (trace.totals, trace.cut) == ({End.BUSY: 40}, {End.BUSY: 1})
    assert follow(book, starts, Rule.PRO_RATA, Limits(busy=2), "up").totals == {End.CASH: 40}


@pytest.mark.parametrize(("stop", "field"), [
    (End.POOLED, "pooled"), (End.MERCHANT, "merchant"), (End.OTHER_BANK, "other_bank"),
])  # fmt: skip
def test_pooled_accounts_merchants_and_other_banks_end_a_branch_both_ways(stop: End, field: str) -> None:
    book = case_of([(1, "v", "d", 100), (2, "d", "b", 60)], stops={"d": stop}).book
    for rule in RULES:
        down = follow(book, Starts.of(book, [[0]]), rule, WIDE)
        up = follow(book, Starts.of(book, [[1]]), rule, WIDE, "up")
        assert (down.totals, up.totals) == ({stop: 100}, {stop: 60})
        assert getattr(down.coverage, field) == 100
