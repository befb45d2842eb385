"""Scale and levels: monotone, anchored at the reference, and bound by the house rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graphfraud.models import Scale, Standing, assign, publish, reference
from graphfraud.settings import LevelSettings

LEVELS = LevelSettings(level_1=0.5, level_2=0.3, level_2_in_ring=0.1, level_3=0.15)
WALK = hnp.arrays(np.float64, 12, elements=st.floats(0, 1e6, allow_nan=False))
FLAGS = hnp.arrays(np.bool_, 12)
SCORE = hnp.arrays(np.int64, 12, elements=st.integers(0, 1_000_000))


def standing(*, referred: object, person: object, money: object, victim: object, **others: object) -> Standing:
    """Flags of each account; corroborated, in no proven ring and not exempt where nothing else is said."""
    n = len(np.asarray(referred))
    rest = {"backed": np.ones(n), "ring": np.zeros(n), "exempt": np.zeros(n)} | others
    return Standing(*(np.asarray(f, bool) for f in (referred, person, money, victim, *rest.values())))


@given(WALK, FLAGS)
def test_score_is_monotone_in_the_walk_and_zero_at_zero(walk: np.ndarray, referred: np.ndarray) -> None:
    score = publish(walk, reference(walk, referred, LEVELS))
    order = np.argsort(walk, kind="stable")
    assert (np.diff(score[order]) >= 0).all()
    assert (score[walk == 0] == 0).all()
    assert ((score >= 0) & (score <= 1_000_000)).all()


@given(WALK)
def test_without_a_referral_every_score_is_zero(walk: np.ndarray) -> None:
    scale = reference(walk, np.zeros(12, bool), LEVELS)
    assert publish(walk, scale).tolist() == [0] * 12


@pytest.mark.parametrize("at_reference", [0.2, 0.5, 0.9])
def test_the_median_referred_account_gets_the_score_of_the_setting(at_reference: float) -> None:
    walk = np.array([0.0, 1.0, 2.0, 8.0, 4.0])
    referred = np.array([True, True, True, True, False])  # the one at 0 is not reached: median of 1, 2, 8
    scale = reference(walk, referred, LevelSettings(odds_at_reference=at_reference))
    score = publish(walk, scale)
    assert score[2] == round(at_reference * 1e6)
    odds = at_reference / (1 - at_reference) * 4 / 2  # twice the walk, twice the odds
    assert score[4] == round(odds / (1 + odds) * 1e6)


def test_scaling_all_walks_changes_nothing() -> None:
    walk, referred = np.array([0.1, 0.2, 0.4, 0.8]), np.array([True, False, True, False])
    one, other = (publish(w, reference(w, referred, LEVELS)) for w in (walk, walk * 2.0**20))
    assert one.tolist() == other.tolist()


@pytest.mark.parametrize(
    ("score", "level"),
    [(500_000, 1), (499_999, 2), (300_000, 2), (299_999, 3), (150_000, 3), (149_999, 0), (0, 0)],
)
def test_thresholds(score: int, level: int) -> None:
    one = standing(referred=[0], person=[1], money=[1], victim=[0])
    assert assign(np.array([score]), one, LEVELS).tolist() == [level]


def test_a_score_of_zero_never_has_a_level() -> None:
    one = standing(referred=[0], person=[1], money=[1], victim=[0])
    assert assign(np.array([0]), one, LevelSettings(level_1=0, level_2=0, level_3=0)).tolist() == [0]


def test_house_rules() -> None:
    """Columns: identifier-only link, company, likely victim, referred without score, plain."""
    score = np.array([900_000, 900_000, 900_000, 0, 900_000])
    flags = standing(referred=[0, 0, 0, 1, 0], person=[1, 0, 1, 1, 1], money=[0, 1, 1, 0, 1], victim=[0, 0, 1, 0, 0])
    assert assign(score, flags, LEVELS).tolist() == [2, 3, 0, 1, 1]


@pytest.mark.parametrize(
    ("score", "backed", "ring", "level"),
    [
        (990_000, 0, 0, 3),  # however high the score: without corroboration no more than level 3
        (149_999, 0, 0, 0),
        (300_000, 1, 0, 2),
        (299_999, 1, 0, 3),
        (500_000, 0, 1, 1),  # a proven ring corroborates
        (299_999, 0, 1, 2),
        (100_000, 0, 1, 2),  # and there less is enough for level 2
        (99_999, 0, 1, 0),
        (0, 1, 1, 0),
    ],
)
def test_levels_1_and_2_need_corroboration(score: int, backed: int, ring: int, level: int) -> None:
    one = standing(referred=[0], person=[1], money=[1], victim=[0], backed=[backed], ring=[ring])
    assert assign(np.array([score]), one, LEVELS).tolist() == [level]


@given(SCORE, SCORE, st.tuples(*[FLAGS] * 5))
def test_more_score_or_evidence_never_lowers_a_level(
    score: np.ndarray, more: np.ndarray, flags: tuple[np.ndarray, ...]
) -> None:
    person, money, victim, backed, ring = flags
    rest = {"referred": np.zeros(12, bool), "person": person, "victim": victim}
    before = assign(score, standing(**rest, money=money, backed=backed, ring=ring), LEVELS)
    for further in ({"money": money | True}, {"backed": backed | True}, {"ring": ring | True}):
        evidence = {"money": money, "backed": backed, "ring": ring} | further
        higher = assign(np.maximum(score, more), standing(**rest, **evidence), LEVELS)
        urgency = {0: 0, 3: 1, 2: 2, 1: 3}
        assert all(urgency[b] >= urgency[a] for a, b in zip(before.tolist(), higher.tolist(), strict=True))


@given(SCORE, FLAGS, FLAGS, FLAGS, FLAGS, FLAGS)
def test_rules_hold_whatever_the_score(
    score: np.ndarray,
    referred: np.ndarray,
    person: np.ndarray,
    money: np.ndarray,
    victim: np.ndarray,
    exempt: np.ndarray,
) -> None:
    flags = {"referred": referred, "person": person, "money": money, "victim": victim}
    level = assign(score, standing(**flags, exempt=exempt), LEVELS)
    free = assign(score, standing(**flags), LEVELS)
    assert (level[~exempt] == free[~exempt]).all()  # an exemption is nobody else's
    assert ((level > 0) == (free > 0)).all()  # and it hides nothing
    assert set(level[~referred & exempt].tolist()) <= {0, 3}
    assert (level[referred] == 1).all()
    assert not (level[~referred & ~money] == 1).any()
    assert set(level[~referred & (~person | victim)].tolist()) <= {0, 3}


def test_scale_is_a_plain_number() -> None:
    assert reference(np.array([3.0]), np.array([True]), LEVELS) == Scale(3.0, 1.0)
