"""A trace as a walk, level by level: the part that every rule of links shares, and the walk over lots.

Money of one origin that goes through one payment at one depth is one hop. A level is settled payment by payment:
what no bound cuts becomes hops, largest first. Under FIFO and LIFO a part of a payment is an interval of its minor
units, and the links say which interval of which other payment it becomes (down) or was before (up).
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I8, I32, I64, OPENING, Lots
from graphfraud.trace.book import Book
from graphfraud.trace.result import Found
from graphfraud.trace.rules import END_CODE, Direction, End, Limits

HELD, CASH = END_CODE[End.HELD], END_CODE[End.CASH]
FROM_OPENING, UNKNOWN = END_CODE[End.OPENING], END_CODE[End.UNEXPLAINED]
WAITED, SMALL, DEPTH = END_CODE[End.WAITED], END_CODE[End.SMALL], END_CODE[End.DEPTH]
BREADTH, RESTARTED, BEYOND = END_CODE[End.BREADTH], END_CODE[End.RESTARTED], END_CODE[End.BEYOND]
BUSY = END_CODE[End.BUSY]

#: Rows under way, lists of tuples of int64 inside compiled code: hops (origin, depth, flow, carried), steps (parent,
#: child, amount), stops (origin, hop, end, amount, branches); parts of payments (flow, begin, length, hop).
Rows = Any


@nb.njit(cache=True, nogil=True)
def new_rows() -> tuple[Rows, Rows, Rows]:
    """Empty hops, steps and stops."""
    zero = np.int64(0)
    return (
        [(zero, zero, zero, zero) for _ in range(0)],
        [(zero, zero, zero) for _ in range(0)],
        [(zero, zero, zero, zero, zero) for _ in range(0)],
    )


@nb.njit(cache=True, nogil=True)
def new_parts() -> Rows:
    """Empty parts of payments."""
    zero = np.int64(0)
    return [(zero, zero, zero, zero) for _ in range(0)]


@nb.njit(cache=True, nogil=True)
def add_part(parts: Rows, flow: Any, begin: Any, length: Any, hop: Any) -> None:
    """One more part of a payment."""
    parts.append((np.int64(flow), np.int64(begin), np.int64(length), np.int64(hop)))


@nb.njit(cache=True, nogil=True)
def add_stop(stops: Rows, where: Any, end: Any, amount: Any, branches: Any) -> None:
    """Money of (origin, hop) stops; joined with the last row where that is the same end of the same hop."""
    if len(stops) > 0:
        origin, hop, kind, before, count = stops[-1]
        if origin == where[0] and hop == where[1] and kind == end:
            stops[-1] = (origin, hop, kind, np.int64(before + amount), np.int64(count + branches))
            return
    stops.append((np.int64(where[0]), np.int64(where[1]), np.int64(end), np.int64(amount), np.int64(branches)))


@nb.njit(cache=True, nogil=True)
def columns(hops: Rows, steps: Rows, stops: Rows) -> tuple[I64, I64, I64]:
    """Rows as arrays, one row of the array a column."""
    h, s, e = (
        np.empty((4, len(hops)), np.int64),
        np.empty((3, len(steps)), np.int64),
        np.empty((5, len(stops)), np.int64),
    )
    for i in range(len(hops)):
        h[0, i], h[1, i], h[2, i], h[3, i] = hops[i]
    for i in range(len(steps)):
        s[0, i], s[1, i], s[2, i] = steps[i]
    for i in range(len(stops)):
        e[0, i], e[1, i], e[2, i], e[3, i], e[4, i] = stops[i]
    return h, s, e


@nb.njit(cache=True, nogil=True)
def among(starts: I32, flow: Any) -> bool:
    """Is this payment a start? `starts` sorted."""
    place = np.searchsorted(starts, flow)
    return bool(place < starts.shape[0] and starts[place] == flow)


@nb.njit(cache=True, nogil=True)
def bound_of(flow: int, before: int, level: int, facts: Any) -> int:
    """End that a bound makes of a branch from payment `before` (−1: a start) to `flow`; −1 where none does."""
    starts, time, bounds, _ = facts
    depth, window, _, _, last = bounds
    if before < 0:
        return BEYOND if flow > last else -1
    if among(starts, flow):
        return RESTARTED
    if level > depth:
        return DEPTH
    return WAITED if abs(time[flow] - time[before]) > window else -1


@nb.njit(cache=True, nogil=True)
def settle(origin: int, level: int, kids: Rows, facts: Any, rows: Any) -> Rows:
    """Kids become hops of this level as far as bounds allow; returns the parts that go on. O(k log k).

    facts: sorted starts, times, bounds, first hop of the origin.
    """
    hops, _, stops = rows
    _, _, floor, breadth, _ = facts[2]
    order = _by_flow(kids)
    n = len(order)
    good = np.zeros(n, np.bool_)
    runs, weight = np.empty(n, np.int64), np.empty(n, np.int64)
    m = begin = 0
    while begin < n:
        this, end, carried = kids[order[begin]][0], begin, 0
        last = -2
        while end < n and kids[order[end]][0] == this:
            _, _, length, parent = kids[order[end]]
            cut = bound_of(this, -1 if parent < 0 else hops[parent][2], level, facts)
            good[end] = cut < 0
            if cut < 0:
                carried += length
            else:
                add_stop(stops, (origin, parent), cut, length, 1 if parent != last else 0)
            last = parent
            end += 1
        if carried > 0:
            runs[m], weight[m] = begin, carried
            m += 1
        begin = end
    going = new_parts()
    for r in np.argsort(-weight[:m], kind="mergesort"):
        cut = SMALL if weight[r] < floor else BREADTH if len(hops) - facts[3] >= breadth else -1
        _admit(origin, (level, runs[r], weight[r], cut), (kids, order, good), rows, going)
    return going


@nb.njit(cache=True, nogil=True)
def _by_flow(kids: Rows) -> I64:
    """Order of kids by payment; those of one payment stay in the order of their parents."""
    flow = np.empty(len(kids), np.int64)
    for i in range(len(kids)):
        flow[i] = kids[i][0]
    order: I64 = np.argsort(flow, kind="mergesort")
    return order


@nb.njit(cache=True, nogil=True)
def _admit(origin: int, run: Any, batch: Any, rows: Any, going: Rows) -> None:
    """One payment of a level: a hop with its steps and parts, or cut."""
    level, begin, carried, cut = run
    kids, order, good = batch
    hops, steps, stops = rows
    number = len(hops)
    this = kids[order[begin]][0]
    if cut < 0:
        hops.append((np.int64(origin), np.int64(level), this, np.int64(carried)))
    last = np.int64(-2)
    for i in range(begin, len(order)):
        flow, offset, length, parent = kids[order[i]]
        if flow != this:
            break
        if not good[i]:
            continue
        if cut >= 0:
            add_stop(stops, (origin, parent), cut, length, 1 if parent != last else 0)
        else:
            add_part(going, this, offset, length, number)
            if parent >= 0 and parent != last:
                steps.append((parent, np.int64(number), length))
            elif parent >= 0:
                steps[-1] = (parent, np.int64(number), steps[-1][2] + length)
        last = parent


@nb.njit(cache=True, nogil=True)
def _follow(origin: int, parts: Rows, lots: Any, ends: Any, stops: Rows) -> Rows:
    """Intervals of the neighbouring payments; what goes nowhere stops."""
    ptr, order, here, there, other, amount = lots
    far, stop, last, down = ends
    kids = new_parts()
    for flow, begin, length, hop in parts:
        account = far[flow]
        if account < 0 or stop[account] >= 0:
            end = CASH if account < 0 else stop[account]
            add_stop(stops, (origin, hop), end, length, 1 if end == BUSY else 0)
            continue
        low, high = ptr[flow], ptr[flow + 1]
        stopped = high
        while low < high:  # first link that begins beyond `begin`
            middle = (low + high) // 2
            if here[order[middle] if down else middle] > begin:
                high = middle
            else:
                low = middle + 1
        left = length
        for i in range(max(low - 1, ptr[flow]), stopped):
            link = order[i] if down else i
            start = max(here[link], begin)
            size = min(here[link] + amount[link], begin + length) - start
            if here[link] >= begin + length or (down and other[link] > last):
                break
            if size <= 0:
                continue
            left -= size
            if other[link] >= 0:
                add_part(kids, other[link], there[link] + start - here[link], size, hop)
            else:
                add_stop(stops, (origin, hop), FROM_OPENING if other[link] == OPENING else UNKNOWN, size, 0)
        if left > 0:
            add_stop(stops, (origin, hop), HELD, left, 0)
    return kids


@nb.njit(cache=True, nogil=True)
def _walk(starts: Any, flows: Any, lots: Any, stop: I8, bounds: Any) -> tuple[I64, I64, I64]:
    """Every origin by itself, level by level."""
    ptr, start, sorted_starts = starts
    time, far, amount, down = flows
    rows = new_rows()
    for origin in range(ptr.shape[0] - 1):
        kids = new_parts()
        for i in range(ptr[origin], ptr[origin + 1]):
            add_part(kids, start[i], 0, amount[start[i]], -1)
        first, level = len(rows[0]), 1
        while len(kids) > 0:
            going = settle(origin, level, kids, (sorted_starts, time, bounds, first), rows)
            kids = _follow(origin, going, lots, (far, stop, bounds[4], down), rows[2])
            level += 1
    return columns(rows[0], rows[1], rows[2])


def bounds_of(limits: Limits, time: I64) -> tuple[int, int, int, int, int]:
    """Limits as numbers: depth, window, floor, breadth, last payment up to the horizon."""
    last = len(time) - 1
    if limits.horizon is not None:
        last = int(np.searchsorted(time, limits.horizon, "right")) - 1
    return limits.depth, limits.window, limits.floor, limits.breadth, last


def walk_lots(book: Book, lots: Lots, starts: tuple[I64, I32, I32], direction: Direction, limits: Limits) -> Found:
    """Trace by composition of links. `starts`: CSR of payments by origin, and all of them sorted.

    Each origin is followed by itself, so a trace of several is the sum of their traces. O(hops · log hops + links).
    """
    flows, down = book.flows, direction == "down"
    if down:
        links = (lots.in_ptr, lots.in_order, lots.in_offset, lots.out_offset, lots.outflow, lots.amount)
    else:
        links = (lots.out_ptr, lots.in_order, lots.out_offset, lots.in_offset, lots.inflow, lots.amount)
    far = flows.payee if down else flows.payer
    found: Found = _walk(starts, (flows.time, far, flows.amount, down), links, book.stop, bounds_of(limits, flows.time))
    return found
