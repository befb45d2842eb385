"""Drift: how far tonight's features and scores lie from those of the run before.

PSI = Σ (p_i − q_i) · ln(p_i / q_i) over the bins of the run before and one for missing values, p tonight's share of a
bin and q that of before, both kept above SMALLEST; below 0.1 nothing has moved, from 0.25 much has (credit scoring's
usual reading, Siddiqi 2006). KS = max |P − Q| over the edges of the same bins, of the values that are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10
SMALLEST = 1e-4
#: Persons whose values are binned: every k-th, at most this many.
MOST = 100_000
Values = NDArray[Any]


@dataclass(frozen=True)
class Histogram:
    """Known values by bin (bin i has those ≤ edges[i] and in no earlier one; the last has the rest), missing ones."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    @property
    def rows(self) -> int:
        return sum(self.counts) + self.missing

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Histogram:
        return cls(tuple(raw["edges"]), tuple(raw["counts"]), int(raw["missing"]))


@dataclass(frozen=True)
class Moved:
    """One column against the run before. `flagged`: past a threshold of the settings."""

    name: str
    psi: float
    ks: float
    missing_before: float
    missing_now: float
    flagged: bool


def histogram(values: Values) -> Histogram:
    """Tonight's values in bins between their own deciles. O(n log n)."""
    known = np.sort(values[~np.isnan(values)]).astype(np.float64)
    if not len(known):
        return Histogram((), (0,), len(values))
    places = (np.arange(1, BINS) * len(known) // BINS).clip(max=len(known) - 1)
    return binned(values, tuple(float(e) for e in np.unique(known[places])))


def binned(values: Values, edges: tuple[float, ...]) -> Histogram:
    """Values in given bins. O(n log bins)."""
    known = values[~np.isnan(values)].astype(np.float64)
    counts = np.bincount(np.searchsorted(np.array(edges), known, side="left"), minlength=len(edges) + 1)
    return Histogram(edges, tuple(int(c) for c in counts), len(values) - len(known))


def psi(before: Histogram, now: Histogram) -> float:
    """Population stability index of two histograms with the same edges."""
    q = np.maximum(np.array([*before.counts, before.missing]) / max(before.rows, 1), SMALLEST)
    p = np.maximum(np.array([*now.counts, now.missing]) / max(now.rows, 1), SMALLEST)
    return float(((p - q) * np.log(p / q)).sum())


def ks(before: Histogram, now: Histogram) -> float:
    """Largest difference of the two distributions at the edges; 0 where one has no known value."""
    if not sum(before.counts) or not sum(now.counts):
        return 0.0
    one, other = (np.cumsum(h.counts) / sum(h.counts) for h in (before, now))
    return float(np.abs(one - other).max())


def moved(
    before: Mapping[str, Histogram], values: Mapping[str, Values], thresholds: tuple[float, float]
) -> tuple[Moved, ...]:
    """Columns that both runs have, in tonight's order. `thresholds`: of PSI and KS."""
    found = []
    for name, column in values.items():
        if name in before:
            was = before[name]
            now = binned(column, was.edges)
            first, second = round(psi(was, now), 6), round(ks(was, now), 6)
            then, late = (round(h.missing / max(h.rows, 1), 6) for h in (was, now))
            found.append(Moved(name, first, second, then, late, first >= thresholds[0] or second >= thresholds[1]))
    return tuple(found)


def every(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """At most MOST of these rows, evenly spaced."""
    return rows[:: -(-len(rows) // MOST) or 1]
