"""The random walk with restart: power iteration on the row-normalised graph, and its per-referral shares.

`x = α·s·Σ_k (1 − α)^k P^k`, P = D⁻¹A (Haveliwala 2002). The walk is linear in the restart vector s, so what
each referred account contributes to a score can be read off, up to a stated remainder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.pairs import Graph
from graphfraud.core.snapshot import F64, I32, I64


@dataclass(frozen=True)
class Walk:
    """Mass per account (sums to at most the restart mass), iterations run and the mass left undistributed."""

    mass: F64
    iterations: int
    residual: float
    converged: bool


@nb.njit(cache=True)
def row_sums(ptr: I64, weight: F64) -> F64:
    """Sum of the weights of each row. O(m)."""
    out = np.zeros(ptr.shape[0] - 1)
    for v in range(out.shape[0]):
        for e in range(ptr[v], ptr[v + 1]):
            out[v] += weight[e]
    return out


@nb.njit(cache=True, parallel=True)
def _step(ptr: I64, neighbour: I32, weight: F64, flow: F64, factor: float) -> F64:
    """factor · (P^T x) for a symmetric graph, x given divided by its row sum. One row per thread: no reduction."""
    out = np.empty(ptr.shape[0] - 1)
    for v in nb.prange(out.shape[0]):
        total = 0.0
        for e in range(ptr[v], ptr[v + 1]):
            total += weight[e] * flow[neighbour[e]]
        out[v] = factor * total
    return out


def walk(graph: Graph, restart: F64, alpha: float, iterations: int) -> Walk:
    """Mass of the walk that restarts in `restart` (≥ 0, not normalised) with probability alpha.

    Mass that reaches an account without neighbours stays there. O(iterations · m). `residual` is the share of
    the restart mass not yet handed out, at most (1 − α)^iterations.
    """
    sums = row_sums(graph.ptr, graph.weight)
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    lonely = np.where(sums > 0, 0.0, restart)
    moving = restart - lonely
    mass = np.zeros(graph.n)
    for _ in range(iterations):
        mass += alpha * moving
        moving = _step(graph.ptr, graph.neighbour, graph.weight, moving * inverse, 1.0 - alpha)
    total = float(restart.sum())
    residual = float(moving.sum()) / total if total > 0 else 0.0
    return Walk(mass + lonely, iterations, residual, residual < (1 - alpha) ** iterations + 1e-12)


@nb.njit(cache=True)
def _pull(
    graph: tuple[I64, I32, F64], inverse: F64, mass: F64, targets: I32, rules: tuple[float, float, int]
) -> tuple[I64, I32, F64]:
    """Reverse push from every target, guided by the mass that really arrives: push v while mass_v · r_v matters."""
    ptr, neighbour, weight = graph
    alpha, tolerance, budget = rules
    share = np.zeros(mass.shape[0])
    residual = np.zeros(mass.shape[0])
    waiting = np.zeros(mass.shape[0], np.bool_)
    ends = np.zeros(targets.shape[0] + 1, np.int64)
    accounts = [np.int32(0) for _ in range(0)]
    values = [0.0 for _ in range(0)]
    for t in range(targets.shape[0]):
        least = tolerance * mass[targets[t]]
        residual[targets[t]] = 1.0
        queue = [targets[t]]
        touched = [targets[t]]
        head = 0
        work = 0
        while head < len(queue) and work < budget:
            v = queue[head]
            head += 1
            waiting[v] = False
            r = residual[v]
            residual[v] = 0.0
            share[v] += (alpha if inverse[v] > 0 else 1.0) * r
            work += ptr[v + 1] - ptr[v]
            for e in range(ptr[v], ptr[v + 1]):
                u = neighbour[e]
                if residual[u] == 0.0:
                    touched.append(u)
                residual[u] += (1.0 - alpha) * weight[e] * inverse[u] * r
                if not waiting[u] and residual[u] * mass[u] > least:
                    waiting[u] = True
                    queue.append(u)
        for v in sorted(touched):
            if share[v] > 0.0:
                accounts.append(v)
                values.append(share[v])
            share[v] = 0.0
            residual[v] = 0.0
            waiting[v] = False
        ends[t + 1] = len(accounts)
    return ends, np.array(accounts, np.int32), np.array(values)


@dataclass(frozen=True)
class PullRules:
    """Restart probability, the part of the target's mass below which nothing is followed, edges followed at most."""

    alpha: float
    tolerance: float = 1e-3
    budget: int = 100_000


@dataclass(frozen=True)
class Pulled:
    """Target i draws from account[ptr[i]:ptr[i + 1]], ascending: `mass` per unit restart there."""

    ptr: I64
    account: I32
    mass: F64

    def of(self, i: int) -> tuple[I32, F64]:
        rows = slice(int(self.ptr[i]), int(self.ptr[i + 1]))
        return self.account[rows], self.mass[rows]


def pull(graph: Graph, mass: F64, targets: I32, rules: PullRules) -> Pulled:
    """For each target the accounts it draws mass from, and how much per unit restart there.

    Reverse push (Andersen, Borgs, Chayes, Hopcroft, Mirrokni, Teng 2007) on `π(s, t) = share(s) + Σ_v π(s,
    v)·r(v)`. Since Σ_s s·π(s, v) is the walk's own `mass`, an account is pushed only while mass_v · r_v >
    tolerance · mass_t: effort goes where referred money really came from. Values are never too high; what is
    left is mass_t − Σ s·share(s). O(n + edges of the accounts pushed), at most `budget` edges a target.
    """
    sums = row_sums(graph.ptr, graph.weight)
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    csr = (graph.ptr, graph.neighbour, graph.weight)
    return Pulled(*_pull(csr, inverse, mass, targets, (rules.alpha, rules.tolerance, rules.budget)))
