"""Figures of a ranked list: average precision, precision and recall at k, lift, Wilson intervals.

Every function takes arrays in account_id order; equal scores are ranked by that order, so a figure depends on nothing
but the scores (contracts.md §5).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from graphfraud.core.snapshot import F64, Flags

DEPTHS = (100, 500)


@dataclass(frozen=True)
class AtDepth:
    """Figures of the first k of a ranking. `found` of `looked_at` accounts are positive."""

    k: int
    looked_at: int
    found: int
    precision: float
    recall: float
    lift: float


@dataclass(frozen=True)
class Ranking:
    """How well a score finds the positives among the candidates; `average_precision` is None without positives."""

    candidates: int
    positives: int
    prevalence: float
    average_precision: float | None
    at: tuple[AtDepth, ...]


@dataclass(frozen=True)
class Interval:
    """A share with its two-sided 95 % Wilson interval."""

    share: float
    low: float
    high: float


def ranked(score: F64, positive: Flags) -> Flags:
    """Labels in order of falling score, ties by position (account_id). O(n log n)."""
    order = np.argsort(-score, kind="stable")
    labels: Flags = positive[order]
    return labels


def average_precision(score: F64, positive: Flags) -> float | None:
    """Mean, over the positives, of the precision at their rank; None where there is none.

    For scores without ties equal to `sklearn.metrics.average_precision_score`; ties are broken by account_id instead of
    being counted as one step. Shapes (n,), (n,). O(n log n). Source: Manning et al., Introduction to Information
    Retrieval, §8.4.
    """
    labels = ranked(score, positive)
    ranks = np.flatnonzero(labels) + 1
    if not len(ranks):
        return None
    return float(np.mean(np.arange(1, len(ranks) + 1) / ranks))


def ranking(score: F64, positive: Flags, depths: tuple[int, ...] = DEPTHS) -> Ranking:
    """All figures of one ranking. Precision at k divides by k or by the candidates, where these are fewer."""
    labels = ranked(score, positive)
    total = int(labels.sum())
    base = total / len(labels) if len(labels) else 0.0
    rows = tuple(_at(labels, k, total, base) for k in depths)
    return Ranking(len(labels), total, base, average_precision(score, positive), rows)


def _at(labels: Flags, k: int, total: int, base: float) -> AtDepth:
    looked_at = min(k, len(labels))
    found = int(labels[:looked_at].sum())
    precision = found / looked_at if looked_at else 0.0
    return AtDepth(k, looked_at, found, precision, found / total if total else 0.0, precision / base if base else 0.0)


def wilson(hits: int, total: int, z: float = 1.959963984540054) -> Interval:
    """Wilson score interval of hits/total (95 % by default); [0, 1] where total is 0.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212.
    """
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    p = hits / total
    centre = p + z * z / (2 * total)
    spread = z * sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if hits == 0 else (centre - spread) / scale
    return Interval(p, low, 1.0 if hits == total else (centre + spread) / scale)
