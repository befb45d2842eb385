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
def _sort_few(key: I32, value: F64) -> None:
    """Sort keys and their values in place, equal keys in the order given: by insertion, long ones by merging."""
    n = key.shape[0]
    if n > 32:
        order = np.argsort(key, kind="mergesort")
        keys, values = key[order], value[order]
        for i in range(n):  # `key[:] = keys` takes seconds to compile: the words of an error, and text with them
            key[i], value[i] = keys[i], values[i]
        return
    for i in range(1, n):
        k, v = key[i], value[i]
        j = i - 1
        while j >= 0 and key[j] > k:
            key[j + 1], value[j + 1] = key[j], value[j]
            j -= 1
        key[j + 1], value[j + 1] = k, v


@nb.njit(cache=True)
def _collect(n: int, a: I32, b: I32, weight: F64) -> tuple[I32, I32, F64]:
    """Links grouped by the smaller end, the few of each sorted by the larger, equal pairs added up."""
    m = a.shape[0]
    ptr = np.zeros(n + 1, np.int64)
    for i in range(m):
        ptr[min(a[i], b[i]) + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place = ptr[:-1].copy()
    low, high, total = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.float64)
    for i in range(m):
        v = min(a[i], b[i])
        high[place[v]], total[place[v]] = max(a[i], b[i]), weight[i]
        place[v] += 1
    k = 0  # pairs so far; they are written over links that have been read
    for v in range(n):
        _sort_few(high[ptr[v] : ptr[v + 1]], total[ptr[v] : ptr[v + 1]])
        begin = k
        for i in range(ptr[v], ptr[v + 1]):
            if k > begin and high[k - 1] == high[i]:
                total[k - 1] += total[i]
                continue
            low[k], high[k], total[k] = v, high[i], total[i]
            k += 1
    return low[:k].copy(), high[:k].copy(), total[:k].copy()


def collect(n: int, a: I32, b: I32, weight: F64) -> Pairs:
    """Pairs from links in any direction, equal pairs added up in the order given. O(n + m log d) for
    d links of a vertex.
    """
    return Pairs(*_collect(n, a, b, np.asarray(weight, np.float64)))


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
