"""What accounts hold at a moment, as far as the known payments say."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.trace.book import Book

LONG_AGO, NEVER_ENDS = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)
_Money = tuple[I64, I32, I32, I64, I64, I64]


@dataclass(frozen=True)
class Balances:
    """One entry per account that was asked for, minor units.

    amount       known balance, never below 0: opening balance and flows in order
    unexplained  what left beyond the known balance: money that the bank did not see coming in
    left         everything that left
    came         what came in from `since` on
    low          lowest balance from `since` on, the one before included: no more than amount − low can have come since
                 and still be there if new money leaves first, no less if it leaves last
    """

    amount: I64
    unexplained: I64
    left: I64
    came: I64
    low: I64


@dataclass(frozen=True)
class Stated:
    """Balances that a bank stated after a payment, one entry per account; flow −1: none was stated.

    From that payment on they stand in for what the flows say.
    """

    flow: I64
    balance: I64

    @classmethod
    def none(cls, n: int) -> Stated:
        return cls(np.full(n, -1, np.int64), np.zeros(n, np.int64))


def balances(
    book: Book, accounts: I32, at: int | None = None, since: int | None = None, stated: Stated | None = None
) -> Balances:
    """Balances at `at` (µs, inclusive; None: all that the book has). O(flows of these accounts)."""
    accounts = np.ascontiguousarray(accounts, np.int32)
    known = Stated.none(len(accounts)) if stated is None else stated
    flows, events = book.flows, book.events
    money = (events.ptr, events.flow, flows.payer, flows.amount, flows.time, book.accounts.opening_balance)
    times = (LONG_AGO if since is None else since, NEVER_ENDS if at is None else at)
    return Balances(*_balances(accounts, money, times, (known.flow, known.balance)))


@nb.njit(cache=True, nogil=True)
def _balances(
    accounts: I32, money: _Money, times: tuple[int, int], stated: tuple[I64, I64]
) -> tuple[I64, I64, I64, I64, I64]:
    ptr, flow, payer, amount, time, opening = money
    since, last = times
    stated_flow, stated_balance = stated
    n = accounts.shape[0]
    held, beyond, left = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    came, low = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        v = accounts[i]
        held[i] = max(opening[v], 0)
        low[i] = held[i]
        for e in range(ptr[v], ptr[v + 1]):
            f = flow[e]
            if time[f] > last:
                break
            if payer[f] != v:
                held[i] += amount[f]
                if time[f] >= since:
                    came[i] += amount[f]
            else:
                beyond[i] += max(0, amount[f] - held[i])
                held[i] = max(0, held[i] - amount[f])
                left[i] += amount[f]
            if stated_flow[i] == f:
                held[i] = max(0, stated_balance[i])
            low[i] = held[i] if time[f] < since else min(low[i], held[i])
    return held, beyond, left, came, low
