"""Reach: who could have the money at all, by time-respecting walks. Leads without amounts (*poison*).

Forward, one ascending scan of payments: an account is reached by its first payment from a reached one. In reverse,
one descending scan finds the cone of ancestors: `if t < latest[v]: latest[u] = max(latest[u], t)`. Walks, not simple
paths. Pooled accounts, merchants and other banks are reached and not left; no bound but the horizon applies. Whatever
any rule attributes lies inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I8, I32, Flags
from graphfraud.trace.attribution import Starts
from graphfraud.trace.book import Book
from graphfraud.trace.rules import Limits
from graphfraud.trace.walk import bounds_of

NOT_REACHED = -1


@dataclass(frozen=True)
class Reach:
    """Per account the first payment that reaches it (in reverse: the last by which it is left), or NOT_REACHED, and
    the fewest payments of a walk there, 1 for a start; per payment whether a walk goes through it."""

    flow: I32
    hops: I32
    through: Flags


@nb.njit(cache=True, nogil=True)
def _scan(starts: I32, sides: Any, stop: I8, order: Any) -> tuple[I32, I32, Flags]:
    """Payments begin, begin ± 1, … of `order`; a payment leads on from `near` to `far`."""
    near, far = sides
    begin, end, step = order
    flow = np.full(stop.shape[0], NOT_REACHED, np.int32)
    hops = np.zeros(stop.shape[0], np.int32)
    through = np.zeros(near.shape[0], np.bool_)
    at = 0 if step > 0 else starts.shape[0] - 1
    for f in range(begin, end, step):
        u, v = near[f], far[f]
        walk = 0
        if u >= 0 and hops[u] > 0 and stop[u] < 0:
            walk = hops[u] + 1
        while 0 <= at < starts.shape[0] and (starts[at] - f) * step < 0:
            at += step
        if 0 <= at < starts.shape[0] and starts[at] == f:
            walk = 1
        if walk == 0:
            continue
        through[f] = True
        if v >= 0 and hops[v] == 0:
            flow[v], hops[v] = f, walk
        elif v >= 0:
            hops[v] = min(hops[v], walk)
    return flow, hops, through


def reach(book: Book, starts: Starts, limits: Limits | None = None) -> Reach:
    """Everybody whom money of the starts could have reached. O(payments), 10M in about 50 ms. Only `horizon` counts."""
    last = bounds_of(limits or Limits(), book.flows.time)[4]
    flows = book.flows
    sides = (flows.payer, flows.payee)
    return Reach(*_scan(starts.sorted, sides, book.stop, (int(starts.sorted[0]), last + 1, 1)))


def ancestors(book: Book, starts: Starts) -> Reach:
    """Everybody from whom money of the starts could have come. O(payments)."""
    flows = book.flows
    sides = (flows.payee, flows.payer)
    return Reach(*_scan(starts.sorted, sides, book.stop, (int(starts.sorted[-1]), -1, -1)))
