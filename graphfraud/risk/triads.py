"""Triads: how far the two accounts of a link deal with the same others (docs/adr/0023).

Money that is passed on fresh among three accounts is rare in honest life and, in most worlds we have, common in a
ring; friends of friends who pay one another are the contrary. So the referrals say what a triad speaks for.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.pairs import Pairs
from graphfraud.core.snapshot import F64, I32, I64


@nb.njit(cache=True)
def _outward(n: int, a: I32, b: I32) -> tuple[I64, I64, I32]:
    """Every pair points from its end of lower degree (ties: lower number) to the other: CSR of pairs by that end."""
    degree, ptr = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
    for e in range(a.shape[0]):
        degree[a[e]] += 1
        degree[b[e]] += 1
    tail, head = a.copy(), b.copy()
    for e in range(a.shape[0]):
        if degree[a[e]] > degree[b[e]]:
            tail[e], head[e] = b[e], a[e]
        ptr[tail[e] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place, pair = ptr[:-1].copy(), np.empty(a.shape[0], np.int64)
    for e in range(a.shape[0]):
        pair[place[tail[e]]] = e
        place[tail[e]] += 1
    return ptr, pair, head


@nb.njit(cache=True)
def _triads(n: int, outward: tuple[I64, I64, I32], strength: F64) -> F64:
    """Each triangle is found once, at its end of lowest degree."""
    ptr, pair, head = outward
    total = np.zeros(pair.shape[0], np.float64)
    via = np.full(n, -1, np.int64)  # the pair that leads from u to an account
    for u in range(n):
        for i in range(ptr[u], ptr[u + 1]):
            via[head[pair[i]]] = pair[i]
        for i in range(ptr[u], ptr[u + 1]):
            first = pair[i]
            v = head[first]
            for j in range(ptr[v], ptr[v + 1]):
                second = pair[j]
                third = via[head[second]]
                if third >= 0:
                    total[first] += strength[second] * strength[third]
                    total[second] += strength[first] * strength[third]
                    total[third] += strength[first] * strength[second]
        for i in range(ptr[u], ptr[u + 1]):
            via[head[pair[i]]] = -1
    return total


def triads(n: int, pairs: Pairs) -> F64:
    """Σ min(1, w)·min(1, w′) for every pair, over the accounts that have a pair with both ends, of weights w and w′.

    With weights of 1 the number of these accounts. O(m^1.5) for m pairs: in order of degree no account has more than
    √(2m) later neighbours (Chiba and Nishizeki 1985).
    """
    return np.asarray(_triads(n, _outward(n, pairs.a, pairs.b), np.minimum(pairs.weight, 1.0)))
