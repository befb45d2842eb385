"""Kernels of a live trace's payments against what they mean, written plainly."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.services.live.payments import AMOUNT, NO_ROW, PAYEE, PAYER, ROW, TIME, _merged, _near
from graphfraud.services.live.places import ABSENT, Places

#: Numbers as stores give them: small, in a row, with a common factor, of both signs.
NUMBERS = st.one_of(st.integers(0, 40), st.integers(-(1 << 62), 1 << 62), st.integers(0, 40).map(lambda n: n << 33))
Row = tuple[int, int, int, int, bool]
ROWS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2), st.integers(0, 2), st.integers(1, 2), st.booleans()))


@settings(deadline=None)
@given(st.lists(st.lists(NUMBERS, max_size=300), max_size=5), st.lists(NUMBERS))
def test_places_are_given_in_order_of_appearance(batches: list[list[int]], others: list[int]) -> None:
    places, wanted = Places(), dict[int, int]()
    for batch in batches:
        assert places.of(batch).tolist() == [wanted.setdefault(number, len(wanted)) for number in batch]
        assert len(places) == len(wanted)
    assert places.number.tolist() == list(wanted)
    assert places.at(others).tolist() == [wanted.get(number, ABSENT) for number in others]
    assert [places.find(number) for number in others[:3]] == [wanted.get(number, ABSENT) for number in others[:3]]


def test_places_grow() -> None:
    places, numbers = Places(), np.random.default_rng(1).permutation(100_000) * 7
    for part in np.array_split(numbers, 9):
        places.of(part)
    assert (places.at(numbers) == np.arange(len(numbers))).all()
    assert (places.at(numbers + 1) == ABSENT).all()


def table(rows: list[Row]) -> np.ndarray:
    """Rows by time; (time, payer, payee, amount, whether it is cash)."""
    made = np.zeros((5, len(rows)), np.int64)
    for nth, (time, payer, payee, amount, cash) in enumerate(sorted(rows, key=lambda row: row[0])):
        made[ROW, nth], made[TIME, nth] = NO_ROW - nth if cash else nth, time
        made[PAYER, nth], made[PAYEE, nth], made[AMOUNT, nth] = payer, payee, amount
    return made


@settings(deadline=None)
@given(ROWS, ROWS)
def test_merged_by_time_what_was_there_first(old: list[Row], new: list[Row]) -> None:
    one, other = table(old), table(new)
    both = np.concatenate([one, other], axis=1)
    assert (_merged(one, other) == both[:, np.argsort(both[TIME], kind="stable")]).all()


@settings(deadline=None)
@given(ROWS, st.integers(0, 5))
def test_near_are_all_of_a_kind_of_which_two_are_close(rows: list[Row], far: int) -> None:
    made = table(rows)
    kinds: dict[tuple[int, ...], list[int]] = {}
    for nth in np.flatnonzero(made[ROW] > NO_ROW).tolist():
        kinds.setdefault(tuple(made[[PAYER, PAYEE, AMOUNT], nth].tolist()), []).append(nth)
    wanted = [
        nth
        for members in kinds.values()
        for nth in members
        if any(made[TIME, b] - made[TIME, a] <= far for a, b in pairwise(members))
    ]
    assert _near(made, far).tolist() == sorted(wanted)
