"""Weights by pairwise comparison: the analytic hierarchy process.

A comparison is a reciprocal matrix A: a_ij says how many times more item i counts than item j, 1–9 or the inverse. Its
weights w are the principal eigenvector, A w = λ w, scaled to sum 1. If every judgement were w_i / w_j, λ would be n;
how far it is above measures how much the judgements contradict one another: CI = (λ − n)/(n − 1), and the consistency
ratio CR = CI / RI, where RI is the mean CI of random matrices of that size. CR < 0.10 is asked for.

Source: T. L. Saaty, A scaling method for priorities in hierarchical structures, J. Math. Psychology 15 (1977) 234–281;
The Analytic Hierarchy Process (1980), where RI is tabulated. The judgements are in `ahp.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from graphfraud.core.money import largest_remainder
from graphfraud.core.snapshot import F64
from graphfraud.errors import GraphFraudError

#: Random index by size of the matrix (Saaty 1980), from 1.
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
MOST_RATIO = 0.10
HUNDREDTHS = 100
_STEPS = 10**9  # weights are rounded to this part before they are split into points
_JUDGEMENT = re.compile(r"1/[1-9]|[1-9]")


@dataclass(frozen=True)
class Comparison:
    """One matrix of judgements. `weights` sum to 1, in the order of `items`; `ratio` is the consistency ratio."""

    name: str
    items: tuple[str, ...]
    weights: F64
    eigenvalue: float
    ratio: float

    def weight(self, item: str) -> float:
        return float(self.weights[self.items.index(item)])


@dataclass(frozen=True)
class Weights:
    """The scorecard's weights: groups, the indicators within each, and what each indicator is worth.

    `points`: by indicator, in hundredths of a point; they sum to the points of the file exactly.
    """

    groups: Comparison
    within: tuple[Comparison, ...]
    points: Mapping[str, int]

    @property
    def ratios(self) -> dict[str, float]:
        """Consistency ratio of every comparison, `groups` first; rounded to 1e-6."""
        return {c.name: round(c.ratio, 6) for c in (self.groups, *self.within)}

    @property
    def worst(self) -> float:
        """The largest of them."""
        return max(self.ratios.values())

    def group_of(self, indicator: str) -> str:
        return next(c.name for c in self.within if indicator in c.items)


@cache
def weights() -> Weights:
    """The weights that come with the package, read once. Raises GraphFraudError."""
    return load((resources.files("graphfraud.models") / "ahp.toml").read_text(encoding="utf-8"))


def load(text: str) -> Weights:
    """Weights out of a file of comparisons. Raises GraphFraudError that names the comparison that does not hold."""
    try:
        raw = tomllib.loads(text)
        points, compared, inside = int(raw["points"]), dict(raw["groups"]), dict(raw["within"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as exc:
        raise GraphFraudError(f"the comparisons of the scorecard cannot be read: {exc}") from exc
    groups = compare("groups", compared)
    if set(groups.items) != set(inside):
        wrong = ", ".join(sorted(set(groups.items) ^ set(inside)))
        raise GraphFraudError(f"the scorecard compares groups that have no indicators, or the other way round: {wrong}")
    within = tuple(compare(name, inside[name]) for name in groups.items)
    found = {i: groups.weight(c.name) * c.weight(i) for c in within for i in c.items}
    if len(found) != sum(len(c.items) for c in within):
        raise GraphFraudError("the scorecard has an indicator in two groups")
    parts = largest_remainder(points * HUNDREDTHS, [round(w * _STEPS) for w in found.values()])
    return Weights(groups, within, dict(zip(found, parts, strict=True)))


def compare(name: str, rows: Mapping[str, Sequence[Any]]) -> Comparison:
    """Weights of the items of one comparison, given each row's judgements against the rows after it.

    Raises GraphFraudError for a judgement that is none and for a matrix that is not consistent. O(n³), n ≤ 15.
    """
    matrix = _matrix(name, rows)
    eigenvalue, vector = principal(matrix)
    found = Comparison(name, tuple(rows), vector, eigenvalue, consistency_ratio(len(matrix), eigenvalue))
    if found.ratio >= MOST_RATIO:
        raise GraphFraudError(
            f"the scorecard's comparison {name!r} contradicts itself: consistency ratio {found.ratio:.3f}, it must be"
            f" below {MOST_RATIO:.2f}; look first at {_worst_pair(found, matrix)}"
        )
    return found


def principal(matrix: F64) -> tuple[float, F64]:
    """Largest eigenvalue of a positive matrix and its eigenvector, > 0, scaled to sum 1 (Perron–Frobenius). O(n³)."""
    values, vectors = np.linalg.eig(matrix)
    largest = int(np.argmax(values.real))
    vector: F64 = np.abs(vectors[:, largest].real)
    return float(values[largest].real), vector / vector.sum()


def consistency_ratio(n: int, eigenvalue: float) -> float:
    """CR of a matrix of size n; two items cannot contradict each other."""
    if n <= 2:
        return 0.0
    return max(eigenvalue - n, 0.0) / (n - 1) / RANDOM_INDEX[n - 1]


def _matrix(name: str, rows: Mapping[str, Sequence[Any]]) -> F64:
    n = len(rows)
    if not 1 <= n <= len(RANDOM_INDEX):
        raise GraphFraudError(
            f"the scorecard's comparison {name!r} has {n} items: 1 to {len(RANDOM_INDEX)} are possible"
        )
    matrix = np.ones((n, n))
    for i, (item, judgements) in enumerate(rows.items()):
        if not isinstance(judgements, list) or len(judgements) != n - 1 - i:
            raise GraphFraudError(
                f"the scorecard's comparison {name!r}: {item} must judge the {n - 1 - i} items after it"
            )
        for j, judgement in enumerate(judgements, start=i + 1):
            if isinstance(judgement, bool) or not _JUDGEMENT.fullmatch(str(judgement)):
                raise GraphFraudError(
                    f"the scorecard's comparison {name!r}: {item} has the judgement {judgement!r};"
                    ' it must be 1 to 9, or "1/2" to "1/9"'
                )
            value = Fraction(str(judgement))
            matrix[i, j], matrix[j, i] = float(value), float(1 / value)
    return matrix


def _worst_pair(found: Comparison, matrix: F64) -> str:
    """The judgement that is furthest from the weights that all of them together give."""
    off = np.abs(np.log(matrix * found.weights[None, :] / found.weights[:, None]))
    i, j = np.unravel_index(int(np.argmax(np.triu(off))), off.shape)
    implied = found.weights[i] / found.weights[j]
    return f"{found.items[i]} against {found.items[j]}: it says {matrix[i, j]:.2f}, the others say {implied:.2f}"
