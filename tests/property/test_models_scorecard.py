"""Scorecard: contributions sum to the total, caps hold, more evidence never lowers a total."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphfraud.models import CAPS, contributions, totals

HITS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(1, 300_000)), max_size=25)
Hit = tuple[int, int, int]


def arrays(hits: list[Hit]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(hits, np.int64).reshape(-1, 3)
    return table[:, 0].astype(np.int32), table[:, 1].astype(np.int8), table[:, 2]


def total(hits: list[Hit]) -> list[int]:
    account, layer, points = arrays(hits)
    return totals(5, account, contributions(account, layer, points)).tolist()


def by_hand(hits: list[Hit]) -> list[int]:
    """Per account: the sum over layers of the stated points, each layer up to its cap."""
    return [
        sum(min(sum(p for a, y, p in hits if (a, y) == (account, layer)), CAPS[layer]) for layer in range(3))
        for account in range(5)
    ]


@given(HITS)
def test_contributions_sum_to_the_capped_total(hits: list[Hit]) -> None:
    assert total(hits) == by_hand(hits)
    assert all(0 <= value <= 1_000_000 for value in total(hits))


@given(HITS)
def test_a_contribution_is_never_more_than_what_the_hit_states(hits: list[Hit]) -> None:
    account, layer, points = arrays(hits)
    parts = contributions(account, layer, points)
    assert (parts >= 0).all()
    assert (parts <= points).all()


@given(HITS, st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(1, 300_000)))
def test_one_more_hit_never_lowers_a_total(hits: list[Hit], more: Hit) -> None:
    assert all(after >= before for before, after in zip(total(hits), total([*hits, more]), strict=True))


@given(HITS, st.randoms(use_true_random=False))
def test_the_order_of_hits_does_not_matter_to_totals(hits: list[Hit], random: object) -> None:
    mixed = list(hits)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert total(hits) == total(mixed)


def test_points_shrink_in_proportion_above_the_cap() -> None:
    account, layer, points = arrays([(1, 0, 300_000), (1, 0, 300_000), (1, 0, 400_000), (1, 1, 100_000)])
    assert contributions(account, layer, points).tolist() == [150_000, 150_000, 200_000, 100_000]
    assert total([(1, 0, 300_000), (1, 0, 300_000), (1, 0, 400_000), (1, 1, 100_000)])[1] == 600_000
