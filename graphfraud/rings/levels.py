"""Level choice: which resolution fits each ring (algorithms.md §1.3).

Fine to coarse, a coarser community takes the place of the finer ones of which it holds at least half when its
likelihood `L = W ln(W/μ) − (W − μ) − 2n` (−2n if W ≤ μ), W the inside weight, μ = vol²/(2·Σ degrees), beats
theirs by a factor. Only communities with a referred member or of a lead are tested.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.csr import group_rows
from graphfraud.core.pairs import Pairs
from graphfraud.core.snapshot import F64, I32, I64


@dataclass(frozen=True)
class Level:
    """A partition of all accounts (−1: in none) with members by community and the likelihood of each."""

    label: I64
    ptr: I64
    member: I32
    likelihood: F64

    def of(self, community: int) -> I32:
        return self.member[self.ptr[community] : self.ptr[community + 1]]


def level(n: int, pairs: Pairs, label: I64) -> Level:
    """Likelihood of every community of a partition. O(n + m)."""
    size = int(label.max(initial=-1)) + 1
    ptr, member = group_rows(size, label.astype(np.int32))
    degree = np.bincount(pairs.a, pairs.weight, n) + np.bincount(pairs.b, pairs.weight, n)
    inside = (label[pairs.a] == label[pairs.b]) & (label[pairs.a] >= 0)
    weight = np.bincount(label[pairs.a[inside]], pairs.weight[inside], size)
    known = label >= 0
    volume = np.bincount(label[known], degree[known], size)
    expected = volume**2 / (2 * degree.sum()) if degree.any() else np.zeros(size)
    dense = weight > expected
    gain = np.zeros(size)
    gain[dense] = weight[dense] * np.log(weight[dense] / expected[dense]) - (weight[dense] - expected[dense])
    return Level(label, ptr, member, gain - 2.0 * np.diff(ptr))


@dataclass(frozen=True)
class Choice:
    """The chosen partition and, per account, the index of the level its community comes from (−1: none)."""

    label: I64
    level: I32


@dataclass(frozen=True)
class Stay:
    """Last night's level per account (−1: was in no ring) and the bonus for staying there."""

    level: I32
    bonus: float


def choose(levels: list[Level], leaders: I32, gain: float, stay: Stay | None = None) -> Choice:
    """Choose between levels (fine to coarse) around the leading accounts. O(Σ sizes of their communities)."""
    label = levels[0].label.copy()
    chosen = np.where(label >= 0, 0, -1).astype(np.int32)
    likelihood = dict(enumerate(levels[0].likelihood.tolist()))
    members_of = {c: levels[0].of(c) for c in range(len(likelihood))}
    fresh = len(likelihood)
    for k, coarse in enumerate(levels[1:], start=1):
        wanted = np.unique(coarse.label[leaders])
        for community in wanted[wanted >= 0].tolist():
            members = coarse.of(community)
            inside, count = np.unique(label[members], return_counts=True)
            parts = [int(p) for p, c in zip(inside, count, strict=True) if p >= 0 and 2 * c >= len(members_of[int(p)])]
            if len(parts) == 1 and np.array_equal(members_of[parts[0]], members):
                continue
            needed = gain * sum(likelihood[p] for p in parts) * _loyalty(members, k, stay)
            if coarse.likelihood[community] <= needed:
                continue
            for part in parts:
                gone = members_of[part][label[members_of[part]] == part]
                label[gone], chosen[gone] = -1, -1
            label[members], chosen[members] = fresh, k
            likelihood[fresh], members_of[fresh] = float(coarse.likelihood[community]), members
            fresh += 1
    return Choice(label, chosen)


def _loyalty(members: I32, k: int, stay: Stay | None) -> float:
    """Factor on what a coarser community must reach: lower if it was last night's level, higher if a finer one was."""
    if stay is None:
        return 1.0
    before = stay.level[members]
    before = before[before >= 0]
    if not len(before):
        return 1.0
    finer, same = int((before < k).sum()), int((before == k).sum())
    return stay.bonus if finer > same else 1.0 / stay.bonus if same > finer else 1.0
