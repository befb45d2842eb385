"""A reverse trace by shares: what every payment was made of, account by account, back from the start.

What a payment takes of each earlier inflow of its payer follows from that account alone: the rolling charge over
its inflows and its opening balance. Under LIBR the opening balance leaves before what is known to have come in,
under taint-first after it. Composed payment by payment this is the forward sweep over the whole cone of ancestors,
read at the start, without carrying the money that went elsewhere. Inflows that waited longer than the window are
one lump from then on: they end there whatever takes them.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.trace.book import Book
from graphfraud.trace.result import Found
from graphfraud.trace.rules import Limits, Rule
from graphfraud.trace.shares import share_out
from graphfraud.trace.sweep import LIBR, PRO_RATA, SHARES
from graphfraud.trace.walk import (
    BUSY,
    CASH,
    FROM_OPENING,
    UNKNOWN,
    WAITED,
    add_part,
    add_stop,
    bounds_of,
    columns,
    new_parts,
    new_rows,
    settle,
)

#: Rows of a purse before its inflows: opening balance, lump of what waited too long.
FROM_START, LUMP = 0, 1


@nb.njit(cache=True, nogil=True)
def _spend(rule: int, amount: Any, held: I64, parts: I64) -> None:
    """What a debit takes of the opening balance and of each inflow; takes it off `held`."""
    whole: Any = np.int64(0)
    for i in range(held.shape[0]):
        whole += held[i]
    if amount >= whole:
        parts[:] = held
    elif rule == PRO_RATA:
        share_out(amount, held, parts)
    else:
        known = whole - held[FROM_START]
        out = max(0, amount - held[FROM_START]) if rule == LIBR else min(amount, known)
        parts[FROM_START] = amount - out
        parts[LUMP:] = 0
        if out > 0:
            share_out(out, held[LUMP:], parts[LUMP:])
    for i in range(held.shape[0]):
        held[i] -= parts[i]


@nb.njit(cache=True, nogil=True)
def _lump(held: I64, inflow: I64, span: Any, time: I64, before: int) -> Any:
    """Inflows before this moment join the lump; returns the number of the first that does not.

    Inflow i is in row i + 2; the lump is kept in the row before the first inflow that still counts.
    """
    first, n = span
    while first < n and time[inflow[first]] < before:
        held[first + 2] += held[first + 1]
        held[first + 1] = held[first]
        first += 1
    return np.int64(first)


@nb.njit(cache=True, nogil=True)
def _account(asked: Any, account: Any, facts: Any, origin: int, out: Any) -> None:
    """Go through the payments of one account; what the asked ones were made of becomes kids and stops.

    asked: parts out of this account, in order of payment.
    """
    begin, end, opening = account
    rule, of, time, payer, amount, window = facts
    kids, stops = out
    held, parts = np.zeros(end - begin + 2, np.int64), np.zeros(end - begin + 2, np.int64)
    inflow = np.empty(end - begin, np.int64)
    held[FROM_START] = opening
    mine = payer[np.int64(asked[0][0])]
    first = n = k = 0
    for e in range(begin, end):
        flow = np.int64(of[e])
        if payer[flow] != mine:
            inflow[n] = flow
            held[n + 2] = amount[flow]
            n += 1
            continue
        first = _lump(held, inflow, (first, n), time, time[flow] - window)
        _spend(rule, amount[flow], held[first : n + 2], parts[first : n + 2])
        while k < len(asked) and asked[k][0] == flow:
            _made_of(asked[k], (parts[first : n + 2], inflow[first:n], amount[flow]), origin, kids, stops)
            k += 1
        if k == len(asked):
            return


@nb.njit(cache=True, nogil=True)
def _made_of(asked: Any, payment: Any, origin: int, kids: Any, stops: Any) -> None:
    """Split what is asked of a payment as the payment itself was made up."""
    _, _, wanted, hop = asked
    parts, inflow, whole = payment
    n = parts.shape[0]
    weights, mine = np.empty(n + 1, np.int64), np.zeros(n + 1, np.int64)
    weights[:n] = parts
    weights[n] = whole - np.sum(parts)
    share_out(wanted, weights, mine)
    for i in range(2, n):
        if mine[i] > 0:
            add_part(kids, inflow[i - 2], 0, mine[i], hop)
    where = (origin, hop)
    if mine[FROM_START] > 0:
        add_stop(stops, where, FROM_OPENING, mine[FROM_START], 0)
    if mine[LUMP] > 0:
        add_stop(stops, where, WAITED, mine[LUMP], 1)
    if mine[n] > 0:
        add_stop(stops, where, UNKNOWN, mine[n], 0)


@nb.njit(cache=True, nogil=True)
def _follow(origin: int, going: Any, book: Any, facts: Any, stops: Any) -> Any:
    """The payments that the parts of a level were made of."""
    ptr, stop, opening, busy = book
    payer, of = facts[3], facts[1]
    kids = new_parts()
    merged = new_parts()
    for flow, begin, length, hop in going:
        account = payer[flow]
        if account < 0 or stop[account] >= 0:
            end = CASH if account < 0 else stop[account]
            add_stop(stops, (origin, hop), end, length, 1 if end == BUSY else 0)
        elif len(merged) > 0 and merged[-1][3] == hop:
            merged[-1] = (flow, begin, merged[-1][2] + length, hop)
        else:
            add_part(merged, flow, begin, length, hop)
    key = np.empty(len(merged), np.int64)
    for i in range(len(merged)):
        key[i] = merged[i][0]
    order = np.argsort(key, kind="mergesort")
    owner = np.empty(len(merged), np.int64)
    for i in range(len(merged)):
        owner[i] = payer[merged[order[i]][0]]
    order = order[np.argsort(owner, kind="mergesort")]
    i = 0
    while i < len(order):
        account = np.int64(payer[merged[order[i]][0]])
        asked = new_parts()
        while i < len(order) and payer[merged[order[i]][0]] == account:
            asked.append(merged[order[i]])
            i += 1
        begin = ptr[account]
        last = np.searchsorted(of[begin : ptr[account + 1]], asked[-1][0])
        if last > busy:
            for _, _, length, hop in asked:
                add_stop(stops, (origin, hop), BUSY, length, 1)
            continue
        _account(asked, (begin, begin + last + 1, opening[account]), facts, origin, (kids, stops))
    return kids


@nb.njit(cache=True, nogil=True)
def _pull(starts: Any, facts: Any, book: Any, bounds: Any) -> Any:
    """Every origin by itself, level by level."""
    ptr, start, sorted_starts = starts
    _, _, time, _, amount, _ = facts
    rows = new_rows()
    for origin in range(ptr.shape[0] - 1):
        kids = new_parts()
        for i in range(ptr[origin], ptr[origin + 1]):
            add_part(kids, start[i], 0, amount[start[i]], -1)
        first, level = len(rows[0]), 1
        while len(kids) > 0:
            going = settle(origin, level, kids, (sorted_starts, time, bounds, first), rows)
            kids = _follow(origin, going, book, facts, rows[2])
            level += 1
    return columns(rows[0], rows[1], rows[2])


def pull(book: Book, rule: Rule, starts: tuple[I64, I32, I32], limits: Limits) -> Found:
    """Trace in reverse by shares. `starts`: CSR of payments by origin, and all of them sorted.

    O(Σ payments of the accounts reached · inflows within the window), per level.
    """
    flows = book.flows
    found: Found = _pull(
        starts,
        (SHARES[rule], book.events.flow, flows.time, flows.payer, flows.amount, limits.window),
        (book.events.ptr, book.stop, book.accounts.opening_balance, limits.busy),
        bounds_of(limits, flows.time),
    )
    return found
