"""A forward trace by shares: one sweep in time order over the accounts that hold traced money (algorithms.md §3).

An account holds *clean* money and, per origin, a purse of layers: one layer a hop that came in. A debit of `a` from
a balance `B` takes `x·a/B` of every purse (pro-rata), only what clean money does not cover (LIBR), or traced money
before clean (taint-first). It is split exactly by largest remainder, first among clean money and origins in the order
in which they came, then among the layers of an origin. A debit beyond the known balance takes all there is.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I8, I32, I64
from graphfraud.trace.book import Book
from graphfraud.trace.result import Found
from graphfraud.trace.rules import Limits, Rule
from graphfraud.trace.shares import share_out
from graphfraud.trace.walk import (
    BEYOND,
    BREADTH,
    BUSY,
    CASH,
    DEPTH,
    HELD,
    RESTARTED,
    SMALL,
    WAITED,
    add_stop,
    among,
    bounds_of,
    columns,
    new_rows,
)

PRO_RATA, LIBR, TAINT_FIRST = 0, 1, 2
SHARES = {Rule.PRO_RATA: PRO_RATA, Rule.LIBR: LIBR, Rule.TAINT_FIRST: TAINT_FIRST}
#: Columns of an account's place: account, next event, balance, traced money, first and last purse.
ACCOUNT, NEXT, BALANCE, TRACED, FIRST, LAST = range(6)
#: Columns of a purse: origin, amount, first and last layer, next purse.
ORIGIN, PURSE, HEAD, TAIL, AFTER = range(5)
#: Columns of a hop as a layer: what is left, next layer, then money that stopped by reason and its branches.
LEFT, LATER, STOPPED = 0, 1, 2
REASONS = (WAITED, SMALL, DEPTH, BREADTH, RESTARTED)
LAYER = 2 + 2 * len(REASONS)


@nb.njit(cache=True, nogil=True)
def _room(table: I64, needed: Any) -> I64:
    """The table, made longer until it has a row `needed`."""
    size = table.shape[0]
    if needed < size:
        return table
    while needed >= size:
        size *= 2
    larger = np.zeros((size, table.shape[1]), np.int64)
    larger[: table.shape[0]] = table
    return larger


@nb.njit(cache=True, nogil=True)
def _settle_to(place: I64, events: Any, flow: Any) -> Any:
    """Bring an account's balance up to and with this payment and the inflows after it; its next debit, or −1."""
    ptr, of, payer, amount = events
    account, e = place[ACCOUNT], place[NEXT]
    while e < ptr[account + 1]:
        f = of[e]
        out = payer[f] == account
        if out and f > flow:
            break
        place[BALANCE] = max(0, place[BALANCE] - amount[f]) if out else place[BALANCE] + amount[f]
        e += 1
    place[NEXT] = e
    return np.int64(of[e]) if e < ptr[account + 1] else np.int64(-1)


@nb.njit(cache=True, nogil=True)
def _taken(rule: int, amount: int, place: I64, held: I64, parts: I64) -> None:
    """What a debit takes of each purse; held[0] is clean money, parts[0] what it takes of that."""
    balance, traced = place[BALANCE], place[TRACED]
    if amount >= balance:
        parts[:] = held
    elif rule == PRO_RATA:
        share_out(amount, held, parts)
    else:
        out = max(0, amount - held[0]) if rule == LIBR else min(amount, traced)
        parts[0] = amount - out
        share_out(out, held[1:], parts[1:])


@nb.njit(cache=True, nogil=True)
def _layers_taken(purse: I64, wanted: int, layers: I64, hops: Any) -> tuple[I64, I64]:
    """The layers of a purse and what is taken of each; spent layers leave the purse."""
    n, at, before = 0, purse[HEAD], np.int64(-1)
    while at >= 0:
        later = layers[at, LATER]
        if layers[at, LEFT] == 0:
            if before < 0:
                purse[HEAD] = later
            else:
                layers[before, LATER] = later
            if later < 0:
                purse[TAIL] = before
        else:
            n, before = n + 1, at
        at = later
    number, weight, parts = np.empty(n, np.int64), np.empty(n, np.int64), np.zeros(n, np.int64)
    at = purse[HEAD]
    for i in range(n):
        number[i], weight[i] = at, layers[at, LEFT]
        at = layers[at, LATER]
    if wanted > 0:
        share_out(wanted, weight, parts)
    return number, parts


@nb.njit(cache=True, nogil=True)
def _stop(layers: I64, hop: int, reason: int, amount: int) -> None:
    """A bound cuts money of a hop."""
    layers[hop, STOPPED + 2 * reason] += amount
    layers[hop, STOPPED + 2 * reason + 1] += 1


@nb.njit(cache=True, nogil=True)
def _go_on(flow: Any, origin: int, taken: Any, layers: I64, facts: Any) -> None:
    """Money of one purse leaves in a payment: hops by depth, or cut. `count[origin]` hops so far."""
    number, parts = taken
    time, bounds, count, again, hops, steps = facts
    depth, window, floor, breadth, _ = bounds
    most = 0
    for i in range(number.shape[0]):
        most = max(most, hops[number[i]][1])
    carried = np.zeros(most + 2, np.int64)
    for i in range(number.shape[0]):
        hop, part = number[i], parts[i]
        if part == 0:
            continue
        layers[hop, LEFT] -= part
        level = hops[hop][1] + 1
        if again:
            _stop(layers, hop, 4, part)
        elif level > depth:
            _stop(layers, hop, 2, part)
        elif time[flow] - time[hops[hop][2]] > window:
            _stop(layers, hop, 0, part)
        else:
            carried[level] += part
            continue
        parts[i] = 0
    child = np.full(most + 2, -1, np.int64)
    for level in range(most + 2):
        if carried[level] >= max(1, floor) and count[origin] < breadth:
            child[level] = len(hops)
            count[origin] += 1
            hops.append((np.int64(origin), np.int64(level), np.int64(flow), carried[level]))
    for i in range(number.shape[0]):
        if parts[i] == 0:
            continue
        level = hops[number[i]][1] + 1
        if child[level] >= 0:
            steps.append((number[i], child[level], parts[i]))
        else:
            _stop(layers, number[i], 1 if carried[level] < floor else 3, parts[i])


@nb.njit(cache=True, nogil=True)
def _receive(place: I64, purses: I64, n_purses: int, layers: I64, hop: Any) -> Any:
    """A hop becomes a layer of its receiver; returns the number of purses. `purses` has room for one more."""
    number, origin, amount = hop
    at = place[LAST] if place[LAST] >= 0 and purses[place[LAST], ORIGIN] == origin else place[FIRST]
    while at >= 0 and purses[at, ORIGIN] != origin:
        at = purses[at, AFTER]
    if at < 0:
        at = n_purses
        purses[at, ORIGIN], purses[at, PURSE] = origin, 0
        purses[at, HEAD], purses[at, TAIL], purses[at, AFTER] = -1, -1, -1
        if place[LAST] >= 0:
            purses[place[LAST], AFTER] = at
        else:
            place[FIRST] = at
        place[LAST] = at
        n_purses += 1
    layers[number, LEFT], layers[number, LATER] = amount, -1
    if purses[at, HEAD] < 0:
        purses[at, HEAD] = number
    else:
        layers[purses[at, TAIL], LATER] = number
    purses[at, TAIL] = number
    purses[at, PURSE] += amount
    place[TRACED] += amount
    return n_purses


@nb.njit(cache=True, nogil=True)
def _debit(rule: int, flow: Any, place: I64, tables: Any, facts: Any) -> None:
    """A payment out of an account that holds traced money."""
    purses, layers, amount = tables
    n: Any = 0
    at: Any = place[FIRST]
    while at >= 0:
        n, at = n + 1, purses[at, AFTER]
    held, parts = np.empty(n + 1, np.int64), np.zeros(n + 1, np.int64)
    held[0], at = place[BALANCE] - place[TRACED], place[FIRST]
    for i in range(n):
        held[i + 1] = purses[at, PURSE]
        at = purses[at, AFTER]
    _taken(rule, amount[flow], place, held, parts)
    at = place[FIRST]
    for i in range(n):
        if parts[i + 1] > 0:
            taken = _layers_taken(purses[at], parts[i + 1], layers, facts[4])
            _go_on(flow, purses[at, ORIGIN], taken, layers, facts)
            purses[at, PURSE] -= parts[i + 1]
            place[TRACED] -= parts[i + 1]
        at = purses[at, AFTER]


@nb.njit(cache=True, nogil=True)
def _place_of(known: Any, places: I64, account: Any, opening: I64, ptr: I64) -> Any:
    """Row of an account; a new one where it has none. `places` has room for one more."""
    if account in known:
        return np.int64(known[account])
    row = np.int64(len(known))
    known[account] = row
    places[row, ACCOUNT], places[row, NEXT], places[row, BALANCE] = account, ptr[account], opening[account]
    places[row, TRACED], places[row, FIRST], places[row, LAST] = 0, -1, -1
    return row


@nb.njit(cache=True, nogil=True)
def _flush(layers: I64, payee: I32, stop: I8, hops: Any, stops: Any) -> None:
    """What is held at the end, and what bounds cut, hop by hop."""
    for i in range(len(hops)):
        where, far = (hops[i][0], np.int64(i)), payee[hops[i][2]]
        if far < 0 or stop[far] >= 0:
            end = CASH if far < 0 else stop[far]
            add_stop(stops, where, end, hops[i][3], 1 if end == BUSY else 0)
            continue
        if layers[i, LEFT] > 0:
            add_stop(stops, where, HELD, layers[i, LEFT], 0)
        for reason in range(len(REASONS)):
            if layers[i, STOPPED + 2 * reason] > 0:
                at = STOPPED + 2 * reason
                add_stop(stops, where, REASONS[reason], layers[i, at], layers[i, at + 1])


@nb.njit(cache=True, nogil=True)
def _begin(starts: Any, bounds: Any, amount: I64, count: I64, rows: Any) -> None:
    """Starts that no bound cuts become hops."""
    origin, flow, _ = starts
    hops, _, stops = rows
    _, _, floor, breadth, last = bounds
    for i in range(flow.shape[0]):
        f, o = flow[i], origin[i]
        cut = BEYOND if f > last else SMALL if amount[f] < floor else BREADTH if count[o] >= breadth else -1
        if cut >= 0:
            add_stop(stops, (o, -1), cut, amount[f], 1)
            continue
        count[o] += 1
        hops.append((np.int64(o), np.int64(1), np.int64(f), amount[f]))


@nb.njit(cache=True, nogil=True)
def _arrive(numbers: Any, tables: Any, money: Any, hops: Any, known: Any) -> Any:
    """Hops reach their receivers; returns the tables, grown, and (debit, row) of a receiver that was idle, or −1."""
    places, purses, layers, n_purses = tables
    events, payee, stop, opening = money
    debit, row = np.int64(-1), np.int64(-1)
    for number in range(numbers[0], numbers[1]):
        origin, _, flow, carried = hops[number]
        far = np.int64(payee[flow])
        if far < 0 or stop[far] >= 0:
            continue
        places, purses = _room(places, len(known)), _room(purses, n_purses)
        layers = _room(layers, number)
        row = _place_of(known, places, far, opening, events[0])
        idle = places[row, TRACED] == 0
        n_purses = _receive(places[row], purses, n_purses, layers, (number, origin, carried))
        if idle:
            debit = _settle_to(places[row], events, flow)
    return (places, purses, layers, n_purses), debit, row


@nb.njit(cache=True, nogil=True)
def _sweep(rule: int, starts: Any, flows: Any, accounts: Any, bounds: Any) -> Any:
    """Payments of accounts that hold traced money, and starts, in time order."""
    time, payer, payee, amount = flows
    ptr, of, stop, opening = accounts
    events = (ptr, of, payer, amount)
    rows = new_rows()
    hops, steps, stops = rows
    count = np.zeros(np.max(starts[0]) + 1, np.int64)
    _begin(starts, bounds, amount, count, rows)
    begun, n = len(hops), 0
    order = np.argsort(np.array([hops[k][2] for k in range(begun)]), kind="mergesort")
    known = {np.int64(-1): np.int64(0)}  # account → row; row 0 is nobody's
    tables = (np.zeros((64, 6), np.int64), np.zeros((64, 5), np.int64), np.zeros((64, LAYER), np.int64), 0)
    due = [(np.int64(0), np.int64(0)) for _ in range(0)]  # payment, row of its payer
    while len(due) > 0 or n < begun:
        if n < begun and (len(due) == 0 or hops[order[n]][2] < due[0][0]):
            numbers = (order[n], order[n] + 1)
            n += 1
        else:
            flow, row = heappop(due)
            before = np.int64(len(hops))
            again = among(starts[2], flow)
            place = tables[0][row]
            facts = (time, bounds, count, again, hops, steps)
            _debit(rule, flow, place, (tables[1], tables[2], amount), facts)
            debit = _settle_to(place, events, flow)
            if place[TRACED] > 0 and 0 <= debit <= bounds[4]:
                heappush(due, (debit, row))
            numbers = (before, np.int64(len(hops)))
        tables, debit, row = _arrive(numbers, tables, (events, payee, stop, opening), hops, known)
        if 0 <= debit <= bounds[4]:
            heappush(due, (debit, row))
    _flush(tables[2], payee, stop, hops, stops)
    return columns(hops, steps, stops)


def sweep(book: Book, rule: Rule, starts: tuple[I32, I32, I32], limits: Limits) -> Found:
    """Trace forward by shares. `starts`: origin and payment, and all payments sorted.

    O(payments of the accounts reached + Σ debits · (origins + layers there)).
    """
    flows, bounds = book.flows, bounds_of(limits, book.flows.time)
    found: Found = _sweep(
        SHARES[rule],
        starts,
        (flows.time, flows.payer, flows.payee, flows.amount),
        (book.events.ptr, book.events.flow, book.stop, book.accounts.opening_balance),
        bounds,
    )
    return found
