"""Bootstrap by ring: figures of the same rankings over rings drawn again and again with replacement.

What is drawn is a block: a ring, or several that share an account; a positive in no known ring is a block of its own.
Honest accounts are held fixed, so an interval says how much a figure owes to the rings that happened to be there. Every
figure of one draw is taken of the same rings: differences are paired. Source: Efron and Tibshirani, An Introduction to
the Bootstrap (1993), §8 and §13 (percentile intervals).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.snapshot import F64, I32, I64, Flags
from graphfraud.evaluate.matching import planted
from graphfraud.evaluate.truth import Truth

DRAWS, SEED = 1_000, 20_260_301
CHUNK = 4_000_000  # weights held at a time
FIXED = -1


@dataclass(frozen=True)
class Blocks:
    """`of_account[v]` is the block of account v, FIXED where it is never drawn; `of_ring` that of a ring."""

    of_account: I32
    of_ring: dict[int, int]
    count: int
    singles: int  # blocks that are one positive in no known ring


def blocks(truth: Truth, hidden: Flags, as_of: int) -> Blocks:
    """Blocks of the rings that have a hidden member or count in ring F1. O(members)."""
    of_account = np.full(len(hidden), FIXED, dtype=np.int32)
    roots = _together(truth)
    wanted = {ring.number for ring in planted(truth, as_of)}
    for account, ring in _members(truth):
        if hidden[account]:
            wanted.add(ring)
    numbers = {root: n for n, root in enumerate(sorted({roots[r] for r in wanted}))}
    of_ring = {r: numbers[roots[r]] for r in sorted(roots) if roots[r] in numbers}
    for account, ring in _members(truth):
        if ring in of_ring:
            of_account[account] = of_ring[ring]
    alone = np.flatnonzero(hidden & (of_account == FIXED))
    of_account[alone] = len(numbers) + np.arange(len(alone), dtype=np.int32)
    return Blocks(of_account, of_ring, len(numbers) + len(alone), len(alone))


def _members(truth: Truth) -> list[tuple[int, int]]:
    if truth.ring is None:
        return []
    rows = zip(truth.member.tolist(), truth.ring.tolist(), strict=True)
    return [(a, r) for a, r in rows if a >= 0 and not truth.outside[a]]


def _together(truth: Truth) -> dict[int, int]:
    """The smallest ring that a ring hangs together with through shared accounts."""
    root: dict[int, int] = {}
    first: dict[int, int] = {}

    def find(ring: int) -> int:
        while root[ring] != ring:
            ring = root[ring]
        return ring

    for account, ring in sorted(_members(truth)):
        root.setdefault(ring, ring)
        one, other = sorted((find(ring), find(first.setdefault(account, ring))))
        root[other] = one
    return {ring: find(ring) for ring in root}


def drawn(count: int, times: int = DRAWS, seed: int = SEED) -> I64:
    """How often every block is drawn: (times, count), rows add to `count`. Seeded. O(times · count)."""
    if count == 0:
        return np.zeros((times, 0), dtype=np.int64)
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=times)


@dataclass(frozen=True)
class Ordered:
    """A ranking as the bootstrap needs it: blocks of the positives in rank order, negatives above each."""

    block: I32
    above: I64
    negatives: int


def ordered(score: F64, positive: Flags, of_account: I32) -> Ordered:
    """From arrays over the candidates, ties by position. Every positive must have a block. O(n log n)."""
    order = np.argsort(-score, kind="stable")
    at = np.flatnonzero(positive[order])
    return Ordered(of_account[order[at]], at - np.arange(len(at)), int(len(score) - len(at)))


def average_precisions(ranking: Ordered, weights: I64) -> F64:
    """AP of every draw; NaN where a draw has no positive. (times,).

    A positive drawn w times stands w times at its rank, one behind the other: its copies j = 1 … w, with c positives
    and n negatives above them, add Σ (c + j)/(n + c + j) = w − n·(H(n + c + w) − H(n + c)). O(times · positives).
    """
    harmonic = _harmonic(ranking, weights)
    out = np.full(len(weights), np.nan)
    for rows in _chunks(len(weights), len(ranking.block)):
        w = weights[rows][:, ranking.block]
        before = np.cumsum(w, axis=1) - w
        start = before + ranking.above
        gained = w - ranking.above * (harmonic[start + w] - harmonic[start])
        total = w.sum(axis=1)
        np.divide(gained.sum(axis=1), total, out=out[rows], where=total > 0)
    return out


def precisions(ranking: Ordered, weights: I64, k: int) -> F64:
    """P@k of every draw, over k or all that there are, where these are fewer. (times,). O(times · positives)."""
    out = np.zeros(len(weights))
    for rows in _chunks(len(weights), len(ranking.block)):
        w = weights[rows][:, ranking.block]
        before = np.cumsum(w, axis=1) - w + ranking.above
        found = np.clip(k - before, 0, w).sum(axis=1)
        looked_at = np.minimum(k, ranking.negatives + w.sum(axis=1))
        np.divide(found, looked_at, out=out[rows], where=looked_at > 0)
    return out


def means(values: F64, block: I32, weights: I64) -> F64:
    """Mean of a figure per ring (ring F1), in every draw; NaN where a draw has none of them. (times,)."""
    w = weights[:, block]
    total = w.sum(axis=1)
    out = np.full(len(weights), np.nan)
    np.divide((w * values).sum(axis=1), total, out=out, where=total > 0)
    return out


def _harmonic(ranking: Ordered, weights: I64) -> F64:
    """H(0) … H(n): room for all negatives and the most positives of any draw."""
    most = int(weights[:, ranking.block].sum(axis=1).max(initial=0)) if len(ranking.block) else 0
    return np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, ranking.negatives + most + 1))])


def _chunks(times: int, width: int) -> list[slice]:
    step = max(1, CHUNK // max(1, width))
    return [slice(a, a + step) for a in range(0, times, step)]
