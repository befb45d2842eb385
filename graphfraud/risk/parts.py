"""The walk without some of the cases: what hidden referrals say about the score (docs/adr/0014, 0020).

The walk is linear in its restart, so the mass that the accounts referred in one part of the cases bring can be taken
away again. The graph stays tonight's: links that the left-out referrals made heavier or cut off stay as they are.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.pairs import Graph
from graphfraud.core.snapshot import F64, I8, I32, I64, Snapshot
from graphfraud.risk import Risk
from graphfraud.risk.walk import row_sums


def without_parts(snapshot: Snapshot, risk: Risk, part: I8, parts: int, rules: tuple[float, int]) -> F64:
    """Score of every account (row) as if the cases of one part (column) were not known.

    `part`: of every account, so of its case; `rules`: restart probability and iterations of the walk.
    O(parts · iterations · edges).
    """
    restart = _restart(snapshot, risk, part, parts)
    brought = _masses(risk.graph, restart, *rules)
    left = np.divide(brought, risk.mass[:, None], out=np.zeros_like(brought), where=risk.mass[:, None] > 0)
    kept: F64 = 1.0 - risk.referral_share[:, None] * np.clip(left, 0.0, 1.0)
    return risk.walk[:, None] * kept


def _restart(snapshot: Snapshot, risk: Risk, part: I8, parts: int) -> F64:
    """Restart of each part: its referred accounts, and its share of the reported payments that arrived elsewhere."""
    n = len(snapshot.accounts)
    found = np.zeros((n, parts))
    referred = np.unique(snapshot.referrals.account)
    found[referred, part[referred]] = risk.restart[referred]
    traced = risk.traced
    account = np.repeat(np.arange(n), np.diff(traced.ptr))
    known = np.zeros(n, bool)
    known[referred] = True
    rows = np.flatnonzero(~known[account] & (traced.arrived[account] > 0))
    at, origin = account[rows], traced.origin[rows]
    np.add.at(found, (at, part[origin]), risk.restart[at] * traced.part[rows] / traced.arrived[at])
    return found


def _masses(graph: Graph, restart: F64, alpha: float, iterations: int) -> F64:
    """`walk.walk` of several restarts at once, one a column."""
    sums = row_sums(graph.ptr, graph.weight)
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    lonely = sums <= 0
    moving = np.where(lonely[:, None], 0.0, restart)
    mass = np.where(lonely[:, None], restart, 0.0)
    for _ in range(iterations):
        mass += alpha * moving
        moving = _step(graph.ptr, graph.neighbour, graph.weight, moving * inverse[:, None], 1.0 - alpha)
    return mass


@nb.njit(cache=True, parallel=True)
def _step(ptr: I64, neighbour: I32, weight: F64, flow: F64, factor: float) -> F64:
    """factor · P^T x for every column; one row per thread, so sums have one order."""
    out = np.zeros(flow.shape)
    for v in nb.prange(flow.shape[0]):
        for e in range(ptr[v], ptr[v + 1]):
            u = neighbour[e]
            for k in range(flow.shape[1]):
                out[v, k] += weight[e] * flow[u, k]
        for k in range(flow.shape[1]):
            out[v, k] *= factor
    return out
