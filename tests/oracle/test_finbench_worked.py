"""FinBench reads on worked examples: ends of the window, equal times, ties in the order, hubs, rounding."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from finbench_kit import World
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.errors import UnknownId
from graphfraud.trace.finbench import (
    Answer,
    Order,
    Truncation,
    Window,
    blocked_share,
    blocked_siblings,
    collect_then_withdraw,
    cycles_of_three,
    forward_paths,
    in_and_out,
    loan_ratios,
    loan_spread,
    payees,
    payers,
    totals,
    upstream_loans,
)
from graphfraud.trace.finbench import blocked_media as media_of
from graphfraud.trace.finbench.answer import ratio, ratios_of
from graphfraud.trace.finbench.kernels import distinct
from graphfraud.trace.finbench.spread import times

A, B, C, D, E = (2**60 + n for n in range(5))  # neighbours that one double stands for
PEOPLE = dict.fromkeys((A, B, C, D, E), False)
W = Window.of_millis(0, 100)


def cells(answer: Answer, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in answer.rows()]


def paths(world: World, window: Window = W, truncation: Truncation = Truncation()) -> list[Any]:  # noqa: B008
    network = world.network()
    return [row["path"] for row in forward_paths(network, network.account(A), window, truncation).rows()]


def test_the_ids_are_not_told_apart_by_a_double() -> None:
    assert len({float(a) for a in (A, B, C, D, E)}) == 1


def test_both_ends_of_the_window_are_left_out() -> None:
    world = World(PEOPLE, [(A, B, t, 100) for t in (10, 11, 19, 20)])
    answer = totals(world.network(), A, Window.of_millis(10, 20))
    assert cells(answer, "numEdge1", "sumEdge1Amount") == [(2, Decimal("2.00"))]


def test_a_window_that_is_empty_or_turned_round_has_no_rows() -> None:
    world = World(PEOPLE, [(A, B, 10, 100), (B, C, 11, 100)])
    for start, end in ((10, 11), (10, 10), (50, 5), (2**63, -(2**63))):
        assert paths(world, Window.of_millis(start, end)) == []


def test_a_window_of_all_times_has_all_rows() -> None:
    world = World(PEOPLE, [(A, B, 10, 100), (B, C, 11, 100)])
    assert paths(world, Window.of_millis(-(2**63), 2**63)) == [[A, B, C], [A, B]]
    assert paths(world, Window()) == [[A, B, C], [A, B]]


def test_equal_times_do_not_ascend() -> None:
    assert paths(World(PEOPLE, [(A, B, 10, 100), (B, C, 10, 100)])) == [[A, B]]
    world = World(PEOPLE, [(A, B, 10, 100), (B, C, 10, 100)], uses=[(1, C, 5), (1, B, 5)], media={1: ("MAC", True)})
    assert cells(media_of(world.network(), A, W), "otherId", "accountDistance") == [(B, 1)]


def test_the_earliest_of_parallel_transfers_carries_on() -> None:
    """A→B at 10 and 30, B→C at 20: one path, found through the transfer at 10 only."""
    assert paths(World(PEOPLE, [(A, B, 30, 100), (A, B, 10, 100), (B, C, 20, 100)])) == [[A, B, C], [A, B]]


def test_paths_are_simple_distinct_longest_first_then_by_id() -> None:
    world = World(
        PEOPLE, [(A, C, 1, 1), (A, B, 1, 1), (B, A, 2, 1), (B, C, 2, 1), (C, D, 3, 1), (D, E, 4, 1), (C, B, 3, 1)]
    )
    expected = [[A, B, C, D], [A, C, D, E], [A, B, C], [A, C, B], [A, C, D], [A, B], [A, C]]
    assert paths(world) == expected


def test_a_person_without_accounts_has_no_paths() -> None:
    network = World(PEOPLE, [(A, B, 1, 1)], persons={7: []}).network()
    assert len(forward_paths(network, network.persons.accounts_of(7))) == 0
    assert len(upstream_loans(network, network.persons.accounts_of(7))) == 0


def test_an_account_is_listed_once_per_distance_and_medium() -> None:
    """B is reached at 1 and 3 hops (A→B→C→B), by two media that signed in twice."""
    world = World(
        PEOPLE,
        [(A, B, 1, 1), (B, C, 2, 1), (C, B, 3, 1)],
        media={9: ("POS", True), 8: ("MAC", True), 7: ("RFID", False)},
        uses=[(9, B, 4), (9, B, 6), (8, B, 5), (7, B, 5), (8, C, 100)],
    )
    found = cells(media_of(world.network(), A, W), "accountDistance", "otherId", "mediumId", "mediumType")
    assert found == [(1, B, 8, "MAC"), (1, B, 9, "POS"), (3, B, 8, "MAC"), (3, B, 9, "POS")]


def test_going_up_the_times_descend_and_a_loan_counts_once() -> None:
    """Money of B (at 5) reached A at 9 over C at 8; D paid C too late. B has two deposits of loan 1 and one of 2."""
    world = World(
        PEOPLE,
        [(C, A, 9, 1), (B, C, 8, 1), (D, C, 9, 1)],
        loans={1: (1_000, 70), 2: (500, 5), 3: (1_500, 1)},
        deposits=[(1, B, 5, 1), (1, B, 6, 1), (2, B, 7, 1), (3, C, 1, 1), (3, D, 1, 1), (2, C, 100, 1)],
    )
    network = world.network()
    answer = upstream_loans(network, network.account(A), W)
    sums = [(B, Decimal("15.00"), Decimal("0.75")), (C, Decimal("15.00"), Decimal("0.01"))]  # a tie: by id
    assert cells(answer, "otherId", "sumLoanAmount", "sumLoanBalance") == sums


def test_cycles_are_in_order_of_both_sums_then_id() -> None:
    """edge2 is 5 for C, D and E; edge3 is 1, 2 and 1: D, then C and E by id."""
    back = [(other, A, 3, 500) for other in (E, C, D)]
    world = World(PEOPLE, [(A, B, 9, 1), (B, E, 1, 100), (B, C, 1, 100), (B, D, 1, 150), (B, D, 2, 50), *back])
    found = cells(cycles_of_three(world.network(), A, B, W), "otherId", "numEdge3", "maxEdge3Amount")
    assert found == [(D, 2, Decimal("1.50")), (C, 1, Decimal("1.00")), (E, 1, Decimal("1.00"))]
    assert len(cycles_of_three(world.network(), A, B, Window.of_millis(0, 9))) == 0  # no A→B in it
    assert len(cycles_of_three(world.network(), B, A, W)) == 0


def test_a_collector_needs_more_than_three_transfers_above_the_threshold() -> None:
    into = [(A, B, t, 101) for t in range(1, 5)] + [(A, C, t, 101) for t in range(1, 4)] + [(A, C, 9, 100)]
    world = World(PEOPLE, into, [(B, E, 2, 51), (B, E, 3, 50), (C, E, 2, 51)])
    answer = collect_then_withdraw(world.network(), E, (100, 50), W)
    assert cells(answer, "midId", "sumEdge1Amount", "sumEdge2Amount") == [(B, Decimal("4.04"), Decimal("0.51"))]


def test_ratios_are_minus_one_where_they_are_not_defined() -> None:
    world = World(PEOPLE, [(A, B, 1, 300), (A, C, 2, 300)], loans={1: (1, 1)}, deposits=[(1, A, 1, 100)])
    network = world.network()
    assert cells(in_and_out(network, A, 0, W), "numSrc", "numDst", "inOutRatio") == [(0, 2, Decimal(0))]
    assert cells(in_and_out(network, B, 0, W), "numSrc", "numDst", "inOutRatio") == [(1, 0, Decimal(-1))]
    asked = ("ratioRepay", "ratioDeposit", "ratioTransfer")
    assert cells(loan_ratios(network, A, 0, W), *asked) == [(Decimal(-1), Decimal("0.167"), Decimal(0))]
    assert cells(blocked_share(network, A, 0, W), "blockRatio") == [(Decimal(-1),)]
    empty = ("sumEdge2Amount", "maxEdge2Amount", "numEdge2")
    assert cells(totals(network, A, W), *empty) == [(Decimal(0), Decimal(-1), 0)]


def test_the_share_of_blocked_payers_is_of_all_transfers_in() -> None:
    """One of B's four transfers counts: the others are outside the window, too small, or of a free account."""
    world = World(PEOPLE | {A: True}, [(A, B, 5, 200), (A, B, 500, 200), (A, B, 6, 100), (C, B, 6, 200)])
    assert cells(blocked_share(world.network(), B, 100, W), "blockRatio") == [(Decimal("0.25"),)]


def test_counterparties_are_in_order_of_the_sum_then_id() -> None:
    world = World(PEOPLE, [(A, D, 1, 300), (A, C, 2, 100), (A, C, 3, 200), (A, B, 4, 900), (A, E, 5, 10)])
    found = cells(payees(world.network(), A, 10, W), "dstId", "numEdges", "sumAmount")
    assert found == [(B, 1, Decimal(9)), (C, 2, Decimal(3)), (D, 1, Decimal(3))]
    assert cells(payers(world.network(), C, 0, W), "srcId", "numEdges") == [(A, 2)]


def test_siblings_are_blocked_and_somebody_else() -> None:
    world = World(dict.fromkeys(PEOPLE, True) | {E: False}, [(B, x, t, 1) for t, x in enumerate((E, D, A, C, C), 1)])
    assert cells(blocked_siblings(world.network(), A, W), "dstId") == [(C,), (D,)]


def spread(world: World, threshold: str = "0") -> list[tuple[Any, ...]]:
    answer = loan_spread(world.network(), 1, Fraction(threshold), W)
    return cells(answer, "dstId", "ratio", "minDistanceFromLoan")


def test_a_loan_spreads_along_transfers_and_withdrawals_in_any_order_of_time() -> None:
    """Loan of 10.00 into A; A→B 4.00, B→C 2.00 withdrawn earlier, C→D 2.00, D→E is a fourth hop."""
    world = World(PEOPLE, [(A, B, 9, 400), (C, D, 1, 200), (D, E, 1, 300)], [(B, C, 5, 200)])
    world.loans, world.deposits = {1: (1_000, 0)}, [(1, A, 7, 1)]
    assert spread(world) == [(D, Decimal("0.2"), 4), (C, Decimal("0.2"), 3), (B, Decimal("0.4"), 2)]
    assert spread(world, "0.5") == [(B, Decimal("0.4"), 2)]  # 2.00 is not greater than half of 4.00
    assert spread(world, "0.49") == [(D, Decimal("0.2"), 4), (C, Decimal("0.2"), 3), (B, Decimal("0.4"), 2)]
    assert spread(world, "1/3") == spread(world, "0.49")


def test_a_link_counts_once_however_often_it_is_walked() -> None:
    """B pays A back: A→B is walked at the first and the third hop and counts once."""
    world = World(PEOPLE, [(A, B, 1, 500), (B, A, 2, 500)], loans={1: (1_000, 0)})
    world.deposits = [(1, A, 7, 1), (1, A, 8, 1)]
    assert spread(world, "0.1") == [(A, Decimal("0.5"), 3), (B, Decimal("0.5"), 2)]


def test_ties_of_a_spread_are_of_the_rounded_ratio() -> None:
    """100.01 and 100.04 of 1,000 both are 0.100 at three places: by id, not by amount."""
    world = World(PEOPLE, [(A, B, 1, 10_001), (A, C, 2, 10_004)], loans={1: (100_000, 0)}, deposits=[(1, A, 7, 1)])
    assert spread(world) == [(B, Decimal("0.1"), 2), (C, Decimal("0.1"), 2)]


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        (Order.TIMESTAMP_DESCENDING, [D, E]),
        (Order.TIMESTAMP_ASCENDING, [B, C]),
        (Order.AMOUNT_DESCENDING, [B, E]),
        (Order.AMOUNT_ASCENDING, [C, D]),
    ],
)
def test_of_a_hub_only_the_first_links_in_order_are_followed(order: Order, kept: list[int]) -> None:
    """Amounts 3, 1, 2, 3 at times 1 to 4; of equal amounts the earlier comes first."""
    world = World(PEOPLE, [(A, B, 1, 300), (A, C, 2, 100), (A, D, 3, 200), (A, E, 4, 300)])
    assert paths(world, W, Truncation(2, order)) == [[A, other] for other in kept]
    answer = in_and_out(world.network(), A, 0, W, Truncation(2, order))
    assert cells(answer, "numDst") == [(2,)]
    assert answer.left_out == 2


def test_the_truncation_comes_before_window_and_threshold() -> None:
    """The newest link is outside the window: nothing is left of the account."""
    world = World(PEOPLE, [(A, B, 1, 300), (A, C, 500, 300)])
    assert paths(world, W, Truncation(1)) == []
    assert paths(world, W, Truncation(2)) == [[A, B]]
    assert in_and_out(world.network(), A, 0, W, Truncation(0)).left_out == 2


def test_ties_at_the_cut_do_not_depend_on_the_order_of_the_file() -> None:
    """Three links at one time: the last in (time, other account, amount) are the first going back in time."""
    links = [(A, C, 5, 100), (A, B, 5, 100), (A, D, 5, 100)]
    for given_ in (links, links[::-1]):
        assert paths(World(PEOPLE, given_), W, Truncation(2)) == [[A, C], [A, D]]
        assert paths(World(PEOPLE, given_), W, Truncation(2, Order.TIMESTAMP_ASCENDING)) == [[A, B], [A, C]]
        assert paths(World(PEOPLE, given_), W, Truncation(2, Order.AMOUNT_DESCENDING)) == [[A, B], [A, C]]


def test_an_id_that_is_not_there_is_said() -> None:
    network = World(PEOPLE, persons={1: [A]}, loans={1: (1, 1)}).network()
    for read in (totals, payees, payers, in_and_out, loan_ratios, blocked_share, blocked_siblings, media_of):
        with pytest.raises(UnknownId, match="account 5 is not among the 5"):
            read(network, 5)
    with pytest.raises(UnknownId, match="holder 5 is not among the 1"):
        network.persons.accounts_of(5)
    with pytest.raises(UnknownId, match="loan 5 is not among the 1"):
        loan_spread(network, 5, Fraction(0))
    with pytest.raises(UnknownId, match="account 5"):
        cycles_of_three(network, A, 5)


@pytest.mark.parametrize(("part", "whole", "thousandths"), [(1, 2000, 1), (1, 2001, 0), (3, 2000, 2), (2, 3, 667)])
def test_halves_are_rounded_up(part: int, whole: int, thousandths: int) -> None:
    assert ratio(part, whole) == thousandths
    assert ratios_of(np.array([part]), whole).tolist() == [thousandths]


@given(st.lists(st.integers(0, 2**62), max_size=6), st.integers(1, 10**15))
def test_many_ratios_are_as_one(parts: list[int], whole: int) -> None:
    fits = [part for part in parts if ratio(part, whole) < 2**62]
    assert ratios_of(np.array(fits, np.int64), whole).tolist() == [ratio(part, whole) for part in fits]


@given(st.lists(st.integers(0, 10**15), max_size=6), st.fractions(0, 3))
def test_a_product_is_rounded_down_exactly(amounts: list[int], factor: Fraction) -> None:
    assert times(np.array(amounts, np.int64), factor).tolist() == [a * factor // 1 for a in amounts]


@settings(max_examples=200)
@given(st.lists(st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1)), max_size=40))
def test_different_keys_are_found_in_their_order(keys: list[int]) -> None:
    found, number = distinct(np.array(keys, np.int64))
    assert found.tolist() == list(dict.fromkeys(keys))
    assert [found[n] for n in number] == keys
