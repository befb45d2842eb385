"""Probabilities, drift and reliability against values worked by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from graphfraud.models.calibration import NONE, calibrate
from graphfraud.models.learned.drift import Histogram, binned, histogram, ks, moved, psi


def test_probabilities_worked_by_hand() -> None:
    """20 left out, 12 of them above 0.9 where 12 of 1,000 persons are: π = (12/1000)/(12/20) = 2 %. The other eight are
    above 0.5, where 100 more persons are: 2 % · (8/20)/(100/1000) = 8 %."""
    left_out = np.concatenate([np.linspace(0.91, 0.99, 12), np.linspace(0.5, 0.57, 8)])
    everybody = np.concatenate([np.linspace(0.91, 0.99, 12), np.linspace(0.5, 0.6, 100), np.zeros(888)])
    found = calibrate(left_out, everybody, 20)
    assert found.prior == pytest.approx(0.02)
    probability, support = found.of(np.array([0.95, 0.91, 0.55, 0.5, 0.49]))
    assert probability.tolist()[0] == probability.tolist()[1] == 1_000_000
    assert probability.tolist()[3] == pytest.approx(80_000, rel=0.05)
    assert probability.tolist()[4] == -1
    assert support.tolist()[0] == 12
    assert support.tolist()[4] == 0


def test_a_probability_never_rises_as_the_score_falls() -> None:
    rng = np.random.default_rng(5)
    everybody = rng.random(20_000)
    left_out = np.concatenate([1 - rng.random(60) ** 2 * 0.02, rng.random(40)])
    found = calibrate(left_out, np.concatenate([everybody, left_out]), 20)
    assert found.cut
    assert list(found.probability_e6) == sorted(found.probability_e6, reverse=True)
    assert list(found.cut) == sorted(found.cut, reverse=True)
    assert max(found.probability_e6) <= 1_000_000


def test_where_the_score_says_nothing_no_probability_is_said() -> None:
    rng = np.random.default_rng(6)
    everywhere = calibrate(rng.random(100), rng.random(5_000), 20)
    assert (everywhere.cut, everywhere.left_out) == ((), 100)
    assert everywhere.prior > 0.1
    assert calibrate(np.linspace(0.9, 1, 19), rng.random(5_000), 20) == NONE
    assert NONE.of(np.array([1.0]))[0].tolist() == [-1]


def test_psi_and_ks_worked_by_hand() -> None:
    """Before 50/30/20 in three bins, now 20/30/50: PSI = 2 · 0.3 · ln(5/2), KS = 0.3."""
    before = Histogram((1.0, 2.0), (50, 30, 20), 0)
    now = binned(np.repeat([1.0, 2.0, 3.0], [20, 30, 50]), (1.0, 2.0))
    assert now.counts == (20, 30, 50)
    assert psi(before, now) == pytest.approx(0.6 * log(2.5))
    assert ks(before, now) == pytest.approx(0.3)
    assert psi(before, before) == 0.0


def test_values_that_went_missing_move_the_psi_and_not_the_ks() -> None:
    """Half of them missing: the bins go from 0.5 to 0.25 each, missing from 1e-4 (its floor) to 0.5."""
    before = Histogram((1.0,), (50, 50), 0)
    now = binned(np.array([1.0] * 25 + [2.0] * 25 + [np.nan] * 50), (1.0,))
    expected = 2 * (0.25 - 0.5) * log(0.25 / 0.5) + (0.5 - 1e-4) * log(0.5 / 1e-4)
    assert psi(before, now) == pytest.approx(expected)
    assert ks(before, now) == 0.0


def test_only_what_moved_past_a_threshold_is_flagged() -> None:
    values = np.arange(1_000.0)
    before = {"same": histogram(values), "moved": histogram(values), "gone": histogram(values)}
    rows = moved(before, {"same": values, "moved": values + 300, "new": values}, (0.2, 0.1))
    assert [(r.name, r.flagged) for r in rows] == [("same", False), ("moved", True)]
    assert rows[0].psi == rows[0].ks == 0.0
    assert rows[1].ks == pytest.approx(0.3, abs=0.01)


def test_a_histogram_of_one_value_and_of_none() -> None:
    assert histogram(np.array([3.0, 3.0, np.nan])) == Histogram((3.0,), (2, 0), 1)
    assert histogram(np.array([np.nan])) == Histogram((), (0,), 1)
