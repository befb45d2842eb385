"""Lot matching under LIFO and FIFO: which part of which inflow left in which outflow (algorithms.md §3).

Matching is *local to an account*. In time order an inflow adds a lot; an outflow consumes the newest lots first
(LIFO) or the oldest (FIFO). The opening balance is the oldest lot; a debit beyond everything known is UNEXPLAINED
money. Offsets say which part of a payment a link carries: parts lie in an outgoing payment in the order in which
they were consumed, so links compose into trails across accounts. At most n_in + n_out + 1 links per account, plus
one per unexplained debit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I32, I64, OPENING, UNEXPLAINED, Accounts, Events, Flows, Lots
from graphfraud.errors import UsageError
from graphfraud.trace.rules import LOT_RULES, Rule

#: Kernels are untyped inside: payments of an account as (ptr, flow, signed amount), link arrays, places.
_Rows = Any


@nb.njit(cache=True, nogil=True)
def _signed(events: tuple[I64, I32], payer: I32, amount: I64) -> I64:
    """Amount of every event, account by account, below 0 where it leaves: read in order by what follows."""
    ptr, flow = events
    result = np.empty(flow.shape[0], np.int64)
    for v in range(ptr.shape[0] - 1):
        for e in range(ptr[v], ptr[v + 1]):
            f = flow[e]
            result[e] = -amount[f] if payer[f] == v else amount[f]
    return result


@nb.njit(cache=True, nogil=True)
def _match(rows: _Rows, opening: I64, newest: bool, places: tuple[I64, I64], links: _Rows) -> None:
    """Go through every account. With no room in `links` count links per outflow and inflow, at their number + 1, in
    `places`; else write them where `places` says they begin. An account never has more lots than inflows + 1.
    """
    ptr, flow, signed = rows
    out, into = places
    inflow, in_offset, part, in_order = links
    writing = part.shape[0] > 0
    most = 1
    for v in range(ptr.shape[0] - 1):
        most = max(most, ptr[v + 1] - ptr[v] + 1)
    lot, left, used = np.empty(most, np.int32), np.empty(most, np.int64), np.empty(most, np.int64)
    place = np.empty(most, np.int64)  # of a lot: its links so far, or where its next one is noted
    for v in range(ptr.shape[0] - 1):
        head, top = 0, 0  # lots are lot[head:top], oldest first
        if opening[v] > 0:
            lot[0], left[0], used[0], place[0] = OPENING, opening[v], 0, 0
            top = 1
        for e in range(ptr[v], ptr[v + 1]):
            f = flow[e]
            if signed[e] > 0:
                lot[top], left[top], used[top] = f, signed[e], 0
                place[top] = into[f] if writing else 0
                top += 1
                continue
            wanted = -signed[e]
            at = out[f] if writing else 0
            while wanted > 0:
                if top == head:
                    if writing:
                        inflow[at], in_offset[at], part[at] = UNEXPLAINED, 0, wanted
                    at += 1
                    break
                i = top - 1 if newest else head
                take = min(wanted, left[i])
                if writing:
                    inflow[at], in_offset[at], part[at] = lot[i], used[i], take
                    if lot[i] >= 0:
                        in_order[place[i]] = at
                at += 1
                place[i] += 1
                wanted -= take
                left[i] -= take
                used[i] += take
                if left[i] == 0:
                    if not writing and lot[i] >= 0:
                        into[lot[i] + 1] = place[i]
                    if newest:
                        top -= 1
                    else:
                        head += 1
            if not writing:
                out[f + 1] = at
        for i in range(head, top):
            if not writing and lot[i] >= 0:
                into[lot[i] + 1] = place[i]


@nb.njit(cache=True, nogil=True)
def _parts(out_ptr: I64, part: I64) -> tuple[I32, I64]:
    """Outflow of every link, and where its part lies in it."""
    outflow, offset = np.empty(part.shape[0], np.int32), np.empty(part.shape[0], np.int64)
    for f in range(out_ptr.shape[0] - 1):
        done = 0
        for i in range(out_ptr[f], out_ptr[f + 1]):
            outflow[i], offset[i] = f, done
            done += part[i]
    return outflow, offset


@nb.njit(cache=True, nogil=True)
def _add_up(counts: I64) -> None:
    """Counts at number + 1 become where each begins."""
    for i in range(1, counts.shape[0]):
        counts[i] += counts[i - 1]


def _links(rows: _Rows, opening: I64, n_flows: int, rule: Rule) -> Lots:
    """Count, then write: every link is written once, at its place."""
    out_ptr, in_ptr = np.zeros(n_flows + 1, np.int64), np.zeros(n_flows + 1, np.int64)
    none = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32)
    _match(rows, opening, rule == Rule.LIFO, (out_ptr, in_ptr), none)
    _add_up(out_ptr)
    _add_up(in_ptr)
    n = int(out_ptr[-1])
    inflow, in_offset, part = np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64)
    in_order = np.empty(int(in_ptr[-1]), np.int32)
    if n:
        _match(rows, opening, rule == Rule.LIFO, (out_ptr, in_ptr), (inflow, in_offset, part, in_order))
    outflow, out_offset = _parts(out_ptr, part)
    return Lots(inflow, outflow, in_offset, out_offset, part, out_ptr, in_ptr, in_order)


def match_lots(accounts: Accounts, flows: Flows, events: Events, rule: Rule = Rule.LIFO) -> Lots:
    """Links of the whole bank under FIFO or LIFO, exact in minor units. Raises UsageError for another rule.

    Every flow that leaves an account is covered once by the links of that account: the amounts of its links sum
    to its amount. Links are in order of (outflow, out_offset), those of an inflow in order of in_offset. O(events)
    time and memory.
    """
    if rule not in LOT_RULES:
        raise UsageError(f"lots are matched under fifo or lifo; {rule} shares every payment among all inflows")
    rows = (events.ptr, events.flow, _signed((events.ptr, events.flow), flows.payer, flows.amount))
    return _links(rows, accounts.opening_balance, len(flows.time), rule)


def match_both(accounts: Accounts, flows: Flows, events: Events) -> tuple[Lots, Lots]:
    """Links under LIFO and under FIFO, each in a thread of its own. O(events)."""
    rows = (events.ptr, events.flow, _signed((events.ptr, events.flow), flows.payer, flows.amount))
    with ThreadPoolExecutor(1) as pool:
        fifo = pool.submit(_links, rows, accounts.opening_balance, len(flows.time), Rule.FIFO)
        lifo = _links(rows, accounts.opening_balance, len(flows.time), Rule.LIFO)
        return lifo, fifo.result()
