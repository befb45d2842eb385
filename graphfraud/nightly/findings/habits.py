"""Counts behind what speaks for an account, over its own payments, which are in order of time. Amounts in minor units.

Arrays `other`, `inward`, `amount`, `time` have one entry a payment of the account; `chosen` marks those that count.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.snapshot import I32, I64, OPENING, Flags


@nb.njit(cache=True)
def both_ways(other: I32, inward: Flags, chosen: Flags) -> tuple[int, int]:
    """Counterparties with payments in both directions, and all counterparties. O(n log n)."""
    who, comes = other[chosen], inward[chosen]
    order = np.argsort(who, kind="mergesort")
    both, whole, seen = 0, 0, 0
    for i in range(len(order)):
        row = order[i]
        seen |= 1 if comes[row] else 2
        if i + 1 == len(order) or who[order[i + 1]] != who[row]:
            whole += 1
            both += seen == 3
            seen = 0
    return both, whole


@nb.njit(cache=True)
def every_month(other: I32, time: I64, amount: I64, chosen: Flags, least: int) -> tuple[int, int, int]:
    """Counterparties with a run of `least` months: the longest run, the sum of all their payments, their number.

    A run: days with payments 25 to 35 days apart, as `trace.innocence.monthly` counts them. O(n log n).
    """
    who, when, much = other[chosen], time[chosen], amount[chosen]
    order = np.argsort(who, kind="mergesort")
    longest, total, number = 0, 0, 0
    run, best, paid, last = 0, 0, 0, np.int64(0)
    for i in range(len(order)):
        row = order[i]
        day = (when[row] + SHANGHAI_OFFSET) // DAY
        if run == 0:
            run = best = 1
        elif day != last:
            run = run + 1 if 25 <= day - last <= 35 else 1
            best = max(best, run)
        last, paid = day, paid + much[row]
        if i + 1 == len(order) or who[order[i + 1]] != who[row]:
            if best >= least:
                longest, total, number = max(longest, best), total + paid, number + 1
            run, best, paid = 0, 0, 0
    return longest, total, number


@nb.njit(cache=True)
def ends_of_days(inward: Flags, outer: Flags, amount: I64, time: I64, opening: int) -> tuple[int, int]:
    """Days with credits from outside at whose end half of them or more lay there, and all such days. O(n).

    The balance is never below 0: a debit beyond what is known empties it.
    """
    held, came, kept, whole = opening, 0, 0, 0
    for i in range(len(time)):
        held = held + amount[i] if inward[i] else max(held - amount[i], 0)
        came += amount[i] if inward[i] and outer[i] else 0
        day = (time[i] + SHANGHAI_OFFSET) // DAY
        if i + 1 == len(time) or (time[i + 1] + SHANGHAI_OFFSET) // DAY != day:
            whole += came > 0
            kept += came > 0 and 2 * held >= came
            came = 0
    return kept, whole


@nb.njit(cache=True)
def dealt_with(other: I32, inward: Flags, some: I32) -> tuple[int, int]:
    """Payments from these accounts, and to them. O(n · accounts)."""
    came, went = 0, 0
    for i in range(len(other)):
        for account in some:
            if other[i] == account:
                came += inward[i]
                went += not inward[i]
    return came, went


@nb.njit(cache=True)
def left_within(rows: I32, lots: tuple[I64, I32, I32, I64], time: I64, span: int) -> int:
    """What of these inflows left within `span` µs. `lots`: in_ptr, in_order, outflow, amount. O(links)."""
    ptr, order, outflow, amount = lots
    left = 0
    for f in rows:
        for at in range(ptr[f], ptr[f + 1]):
            link = order[at]
            if time[outflow[link]] - time[f] <= span:
                left += amount[link]
    return left


@nb.njit(cache=True)
def had_lain(rows: I32, lots: tuple[I64, I32, I64], time: I64, span: int) -> int:
    """What of these outflows was opening balance or had lain for `span` µs. `lots`: out_ptr, inflow, amount.

    O(links).
    """
    ptr, inflow, amount = lots
    saved = 0
    for f in rows:
        for link in range(ptr[f], ptr[f + 1]):
            source = inflow[link]
            if source == OPENING or (source >= 0 and time[f] - time[source] >= span):
                saved += amount[link]
    return saved
