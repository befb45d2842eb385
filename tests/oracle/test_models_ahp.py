"""Weights by pairwise comparison against published examples, closed forms and matrices that cannot contradict."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from importlib import resources

import numpy as np
import pytest

from graphfraud.errors import GraphFraudError
from graphfraud.indicators import catalogue
from graphfraud.models import ahp

#: T. L. Saaty, Decision making with the analytic hierarchy process, Int. J. Services Sciences 1 (2008), table 2: which
#: drink is consumed more in the U.S.; wine against tea as its derived scale has it.
DRINKS: dict[str, list[int | str]] = {
    "coffee": [9, 5, 2, 1, 1, "1/2"],
    "wine": ["1/3", "1/9", "1/9", "1/9", "1/9"],
    "tea": ["1/3", "1/4", "1/3", "1/9"],
    "beer": ["1/2", 1, "1/3"],
    "sodas": [2, "1/2"],
    "milk": ["1/3"],
    "water": [],
}
DRINK_WEIGHTS = (0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327)


def test_saatys_drinks() -> None:
    found = ahp.compare("drinks", DRINKS)
    assert found.weights.round(3).tolist() == pytest.approx(DRINK_WEIGHTS, abs=0.0011)
    assert found.ratio == pytest.approx(0.022, abs=0.0011)


def test_three_by_three_worked_by_hand() -> None:
    """1, 1/3, 5 / 3, 1, 7 / 1/5, 1/7, 1: for three items the eigenvector is the row's geometric mean, and
    λ = 1 + t + 1/t with t the cube root of a12 · a23 / a13 = (1/3 · 7 / 5)^(1/3).
    """
    found = ahp.compare("fruit", {"apple": ["1/3", 5], "banana": [7], "cherry": []})
    means = [(5 / 3) ** (1 / 3), 21 ** (1 / 3), (1 / 35) ** (1 / 3)]
    assert found.weights.tolist() == pytest.approx([m / sum(means) for m in means], abs=1e-12)
    t = (7 / 15) ** (1 / 3)
    eigenvalue = 1 + t + 1 / t
    assert found.eigenvalue == pytest.approx(eigenvalue, abs=1e-12)
    assert found.ratio == pytest.approx((eigenvalue - 3) / 2 / 0.58, abs=1e-12)
    assert (round(found.eigenvalue, 4), round(found.ratio, 4)) == (3.0649, 0.0559)


@pytest.mark.parametrize("seed", range(20))
def test_consistent_matrices_have_ratio_0_and_give_their_weights_back(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randrange(2, 16)
    true = np.array([rng.randrange(1, 100) for _ in range(n)], float)
    eigenvalue, vector = ahp.principal(true[:, None] / true[None, :])
    assert vector.tolist() == pytest.approx((true / true.sum()).tolist(), abs=1e-12)
    assert ahp.consistency_ratio(n, eigenvalue) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("n", range(3, 16))
def test_random_matrices_have_a_ratio_near_1(n: int) -> None:
    """That is what the random index is: the mean over random judgements."""
    rng = np.random.default_rng(n)
    scale = np.array([1 / k for k in range(9, 1, -1)] + list(range(1, 10)), float)
    ratios = []
    for _ in range(1500 if n < 6 else 200):
        matrix = np.ones((n, n))
        above = np.triu_indices(n, 1)
        matrix[above] = rng.choice(scale, len(above[0]))
        matrix.T[above] = 1 / matrix[above]
        ratios.append(ahp.consistency_ratio(n, ahp.principal(matrix)[0]))
    assert np.mean(ratios) == pytest.approx(1, abs=0.15)


def test_contradicting_judgements_are_refused_and_named() -> None:
    rows: dict[str, list[int | str]] = {"a": [3, "1/5"], "b": [3], "c": []}  # a over b over c, but c over a
    with pytest.raises(GraphFraudError, match=r"'x' contradicts itself: consistency ratio \d\.\d+.*a against c"):
        ahp.compare("x", rows)


def test_the_bar_is_a_tenth() -> None:
    """For three items CR = (t + 1/t − 2)/1.16 with t³ = a12 · a23 / a13: 1 : 1 : 2 passes, 1 : 1 : 3 does not."""
    for judgement, passes in ((2, True), (3, False)):
        t = judgement ** (1 / 3)
        assert ((t + 1 / t - 2) / 1.16 < 0.1) == passes
        rows = {"a": [1, judgement], "b": [1], "c": []}
        if passes:
            assert ahp.compare("x", rows).ratio == pytest.approx((t + 1 / t - 2) / 1.16)
        else:
            with pytest.raises(GraphFraudError, match="contradicts itself"):
                ahp.compare("x", rows)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"a": [0], "b": []}, "a has the judgement 0; it must be 1 to 9"),
        ({"a": [10], "b": []}, "judgement 10"),
        ({"a": ["2/3"], "b": []}, "judgement '2/3'"),
        ({"a": [1.5], "b": []}, r"judgement 1\.5"),
        ({"a": [True], "b": []}, "judgement True"),
        ({"a": [1, 1], "b": []}, "a must judge the 1 items after it"),
        ({"a": [], "b": []}, "a must judge the 1 items after it"),
        ({"a": 3, "b": []}, "a must judge the 1 items after it"),
        ({}, "has 0 items"),
        ({f"i{k:02d}": [1] * (15 - k) for k in range(16)}, "has 16 items"),
    ],
)
def test_what_is_no_judgement_is_refused(rows: dict[str, list[object]], message: str) -> None:
    with pytest.raises(GraphFraudError, match=message):
        ahp.compare("x", rows)


SMALL = """
points = 10
[groups]
g = [3]
h = []
[within.g]
a = [2]
b = []
[within.h]
c = []
"""


def test_points_of_a_small_card_by_hand() -> None:
    """g : h = 3 : 1, a : b = 2 : 1. a has 3/4 · 2/3 = 1/2 of 10 points, b and c 1/4 each."""
    found = ahp.load(SMALL)
    assert found.points == {"a": 500, "b": 250, "c": 250}
    assert found.ratios == {"groups": 0.0, "g": 0.0, "h": 0.0}
    assert [found.group_of(i) for i in "abc"] == ["g", "g", "h"]


def test_odd_hundredths_are_split_so_that_points_add_up() -> None:
    found = ahp.load(
        SMALL.replace("a = [2]", "a = [1]").replace("g = [3]", "g = [2]").replace("points = 10", "points = 1")
    )
    assert sum(found.points.values()) == 100
    assert sorted(found.points.values()) == [33, 33, 34]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("points = 10", ""), "cannot be read"),
        (("[groups]", "[groups"), "cannot be read"),
        (("[within.h]", "[within.other]"), "compares groups that have no indicators, or the other way round: h, other"),
        (("c = []", "a = []"), "an indicator in two groups"),
    ],
)
def test_a_broken_file_is_refused(change: tuple[str, str], message: str) -> None:
    assert change[0] in SMALL
    with pytest.raises(GraphFraudError, match=message):
        ahp.load(SMALL.replace(*change))


def test_the_card_is_consistent_and_complete() -> None:
    """Recomputed from the text of the file by power iteration."""
    found = ahp.weights()
    assert set(found.points) == {i.id for i in catalogue()}
    assert all(ratio < 0.10 for ratio in found.ratios.values())
    assert found.worst == max(found.ratios.values()) > 0
    assert min(found.points.values()) > 0
    text = (resources.files("graphfraud.models") / "ahp.toml").read_text(encoding="utf-8")
    weight = {name: _power(block) for name, block in _blocks(text).items()}
    total = int(re.search(r"^points = (\d+)", text, re.M)[1])  # type: ignore[index]
    for group, share in weight["groups"].items():
        for indicator, part in weight[f"within.{group}"].items():
            assert found.points[indicator] == pytest.approx(100 * total * share * part, abs=1)
    assert sum(found.points.values()) == 100 * total


def _blocks(text: str) -> dict[str, list[tuple[str, list[Fraction]]]]:
    result: dict[str, list[tuple[str, list[Fraction]]]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            block = result.setdefault(line.strip("[]"), [])
        elif found := re.fullmatch(r"(\w+) = \[(.*)\]", line):
            block.append((found[1], [Fraction(x.strip(' "')) for x in found[2].split(",") if x.strip()]))
    return result


def _power(block: list[tuple[str, list[Fraction]]]) -> dict[str, float]:
    n = len(block)
    a = [[1.0] * n for _ in range(n)]
    for i, (_, row) in enumerate(block):
        for j, value in enumerate(row, start=i + 1):
            a[i][j], a[j][i] = float(value), float(1 / value)
    w = [1 / n] * n
    for _ in range(200):
        w = [sum(x * y for x, y in zip(row, w, strict=True)) for row in a]
        w = [x / sum(w) for x in w]
    return {name: x for (name, _), x in zip(block, w, strict=True)}
