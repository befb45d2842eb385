"""Undirected weighted graphs as pairs: how the detector's graphs are collected, added up and walked.

Sums run in a fixed order (by pair, then in the order given), so equal input gives equal bits on one type of machine
whatever the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from graphfraud.core.snapshot import F64, I32, I64


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs a < b in order of (a, b) with one weight each."""

    a: I32
    b: I32
    weight: F64

    def __len__(self) -> int:
        return len(self.a)

    def where(self, keep: NDArray[np.bool_]) -> Pairs:
        return Pairs(self.a[keep], self.b[keep], self.weight[keep])

    def scaled(self, factor: float) -> Pairs:
        return Pairs(self.a, self.b, self.weight * factor)

    def unit_mean(self) -> Pairs:
        """Scaled to mean weight 1; an empty graph stays empty."""
        mean = float(self.weight.mean()) if len(self) else 0.0
        return self.scaled(1 / mean) if mean > 0 else self


@dataclass(frozen=True)
class Graph:
    """Symmetric CSR: neighbours of v are neighbour[ptr[v]:ptr[v + 1]], ascending."""

    ptr: I64
    neighbour: I32
    weight: F64

    @property
    def n(self) -> int:
        return len(self.ptr) - 1


@nb.njit(cache=True)
def _sum_runs(key: I64, weight: F64) -> tuple[I64, F64]:
    """Add up equal keys of a sorted array. O(n)."""
    out = np.empty(key.shape[0], np.int64)
    total = np.empty(key.shape[0], np.float64)
    k = -1
    for i in range(key.shape[0]):
        if k < 0 or key[i] != out[k]:
            k += 1
            out[k] = key[i]
            total[k] = 0.0
        total[k] += weight[i]
    return out[: k + 1], total[: k + 1]


def collect(n: int, a: I32, b: I32, weight: F64) -> Pairs:
    """Pairs from links in any direction, equal pairs added up in the order given. O(m log m)."""
    low = np.minimum(a, b).astype(np.int64)
    key = low * n + np.maximum(a, b)
    del low
    order = np.argsort(key, kind="stable")
    keys, total = _sum_runs(key[order], np.asarray(weight, np.float64)[order])
    return Pairs((keys // n).astype(np.int32), (keys % n).astype(np.int32), total)


def add(n: int, *graphs: Pairs) -> Pairs:
    """The sum of graphs, pair by pair, in the order given."""
    a = np.concatenate([g.a for g in graphs])
    b = np.concatenate([g.b for g in graphs])
    return collect(n, a, b, np.concatenate([g.weight for g in graphs]))


@nb.njit(cache=True)
def _csr(n: int, a: I32, b: I32, weight: F64) -> tuple[I64, I32, F64]:
    ptr = np.zeros(n + 1, np.int64)
    for i in range(a.shape[0]):
        ptr[a[i] + 1] += 1
        ptr[b[i] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place = ptr[:-1].copy()
    neighbour = np.empty(2 * a.shape[0], np.int32)
    out = np.empty(2 * a.shape[0], np.float64)
    # pairs come in order of (a, b): first the smaller neighbours of every vertex, then the larger ones
    for i in range(a.shape[0]):
        neighbour[place[b[i]]], out[place[b[i]]] = a[i], weight[i]
        place[b[i]] += 1
    for i in range(a.shape[0]):
        neighbour[place[a[i]]], out[place[a[i]]] = b[i], weight[i]
        place[a[i]] += 1
    return ptr, neighbour, out


def graph(n: int, pairs: Pairs) -> Graph:
    """Symmetric CSR of pairs. O(n + m)."""
    return Graph(*_csr(n, pairs.a, pairs.b, pairs.weight))
