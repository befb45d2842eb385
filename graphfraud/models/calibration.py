"""From a score to a probability, by referrals that were left out (docs/adr/0014, 0020).

Referred accounts are left out, a fifth at a time; each then has the score it would have had unreferred, while others of
its case stay known, as they are for the accounts nobody has referred yet. If a left-out referred account is an account
like any other of a ring (an assumption: those referred are more often collectors), then among persons with score > x

    P(in a ring | score > x) = π · R(x) / N(x),

R the share of left-out referred accounts above x, N the share of all persons above it, π the share of ring members
among persons. π is not known, but no probability exceeds 1, so π ≤ min N(x)/R(x) (Elkan, Noto 2008, for a score that is
pure at its top). Between two cuts the probability is π·ΔR/ΔN, made monotone by pooling neighbours that violate it
(isotonic regression).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from graphfraud.core.findings import MILLION
from graphfraud.core.snapshot import F64, I64

#: Left-out referred accounts between two cuts, and above a cut by which π is read.
STEP, TOP = 4, 10
#: A share of ring members above this is not believed: the score is nowhere pure, so its top says nothing about it.
MOST_PRIOR = 0.1


@dataclass(frozen=True)
class Calibration:
    """Cuts of the score, descending; those from cut i up to the cut before it have probability_e6[i], which
    rests on support[i] left-out referred accounts. Below the last cut nothing can be said.

    `prior`: π. `left_out`: left-out referred accounts in all; `reached`: those of them with a score.
    """

    cut: tuple[float, ...]
    probability_e6: tuple[int, ...]
    support: tuple[int, ...]
    prior: float
    left_out: int
    reached: int

    def of(self, score: F64) -> tuple[I64, I64]:
        """Probability (1e-6) and its support of these scores; −1 and 0 where it cannot be said."""
        if not self.cut:
            return np.full(len(score), -1, np.int64), np.zeros(len(score), np.int64)
        at = np.searchsorted(-np.array(self.cut), -score, side="left")
        known = at < len(self.cut)
        at = np.minimum(at, len(self.cut) - 1)
        probability = np.where(known, np.array(self.probability_e6, np.int64)[at], -1)
        return probability, np.where(known, np.array(self.support, np.int64)[at], 0)

    def as_json(self) -> dict[str, Any]:
        """For the model card."""
        return asdict(self)


NONE = Calibration((), (), (), 0.0, 0, 0)


def calibrate(left_out: F64, everybody: F64, least: int) -> Calibration:
    """A calibration from scores of left-out referred accounts and of all persons.

    Nothing is said where fewer than `least` of the left-out ones have a score > 0, nor where the prior that comes out
    is not believable. O(n log n).
    """
    found = np.sort(left_out[left_out > 0])[::-1]
    if len(found) < max(least, TOP) or not len(everybody):
        return NONE
    cuts = np.unique(found[[*range(STEP - 1, len(found), STEP)]])[::-1]
    ordered = np.sort(everybody)
    above = len(ordered) - np.searchsorted(ordered, cuts, side="left")
    known = np.searchsorted(-found, -cuts, side="right")
    share_n, share_r = above / len(ordered), known / len(left_out)
    read = known >= TOP
    prior = min(1.0, float((share_n[read] / share_r[read]).min()))
    if prior > MOST_PRIOR:
        return replace(NONE, prior=prior, left_out=len(left_out), reached=len(found))
    count, whole = np.diff(known, prepend=0), np.maximum(np.diff(above, prepend=0), 1)
    pooled = _pooled(count.astype(np.int64), whole.astype(np.int64))
    probability, support = [], []
    for k, n, size in pooled:
        value = prior * (k / len(left_out)) / (n / len(ordered))
        probability += [round(min(value, 1.0) * MILLION)] * size
        support += [k] * size
    return Calibration(
        tuple(float(c) for c in cuts), tuple(probability), tuple(support), prior, len(left_out), len(found)
    )


def _pooled(count: I64, whole: I64) -> list[tuple[int, int, int]]:
    """Neighbouring steps put together until count ÷ whole falls: (count, whole, steps). Compared in whole numbers."""
    blocks: list[tuple[int, int, int]] = []
    for k, n in zip(count.tolist(), whole.tolist(), strict=True):
        blocks.append((k, n, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] <= blocks[-1][0] * blocks[-2][1]:
            (k1, n1, s1), (k2, n2, s2) = blocks[-2:]
            blocks[-2:] = [(k1 + k2, n1 + n2, s1 + s2)]
    return blocks
