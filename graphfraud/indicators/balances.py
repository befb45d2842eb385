"""What lay in an account at the end of a day: running balances from the opening balance (contracts.md §1)."""

from __future__ import annotations

import numba as nb
import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.snapshot import FEE, I32, I64, OWN, U16, Flags, Snapshot

_Moves = tuple[I64, I32, I64, U16]


def by_day(snapshot: Snapshot, days: int, most: int) -> pa.Table:
    """One row per account and Shanghai day with a move, of the last `days` days, in order of account, then day.

    account, day, came, went: valid credits and debits from outside, in minor units. balance: of every move, also fees
    and own-account transfers, at the end of the day; never below 0. stood: days until the next row, or T.
    The first row of an account may be the day before the window, with what lay there when it began. Only persons'
    accounts of ours with a move in the window, and at most `most` moves. O(flows).
    """
    flows, accounts, events = snapshot.flows, snapshot.accounts, snapshot.events
    start = snapshot.as_of - days * DAY
    low, high = np.searchsorted(flows.time, [start, snapshot.as_of], side="right")
    moves = (flows.time, flows.payee, flows.amount, flows.tag)
    wanted = np.ascontiguousarray(accounts.person & ~accounts.outside)
    first_day = (start + SHANGHAI_OFFSET) // DAY  # the window begins after `start`
    last_day = (snapshot.as_of + SHANGHAI_OFFSET) // DAY
    table = _by_day(
        (events.ptr, events.flow),
        moves,
        (wanted, accounts.opening_balance),
        (int(low), int(high), most),
        (int(first_day), int(last_day)),
    )
    names = ("account", "day", "came", "went", "balance", "stood")
    return pa.table(dict(zip(names, table, strict=True)))


@nb.njit(cache=True)
def _by_day(
    events: tuple[I64, I32],
    moves: _Moves,
    accounts: tuple[Flags, I64],
    span: tuple[int, int, int],
    days: tuple[int, int],
) -> tuple[I32, I32, I64, I64, I64, I32]:
    ptr, flow = events
    time, payee, amount, tag = moves
    wanted, opening = accounts
    low, high, most = span
    first_day, last_day = days
    size = _size(ptr, flow, wanted, span)
    account, day = np.empty(size, np.int32), np.empty(size, np.int32)
    came, went, balance = np.zeros(size, np.int64), np.zeros(size, np.int64), np.empty(size, np.int64)
    stood = np.empty(size, np.int32)
    k = 0
    for v in range(ptr.shape[0] - 1):
        mine = flow[ptr[v] : ptr[v + 1]]
        begin, end = np.searchsorted(mine, low), np.searchsorted(mine, high)
        if not wanted[v] or end == begin or end - begin > most:
            continue
        held = opening[v]
        for f in mine[:begin]:
            held = held + amount[f] if payee[f] == v else max(held - amount[f], 0)
        head = k
        account[k], day[k], balance[k] = v, first_day - 1, held
        k += 1
        for f in mine[begin:end]:
            today = (time[f] + SHANGHAI_OFFSET) // DAY
            if day[k - 1] != today or k - 1 == head:
                account[k], day[k] = v, today
                k += 1
            valid = tag[f] & (OWN | FEE) == 0
            if payee[f] == v:
                held += amount[f]
                came[k - 1] += amount[f] * valid
            else:
                held = max(held - amount[f], 0)
                went[k - 1] += amount[f] * valid
            balance[k - 1] = held
        for i in range(head, k - 1):
            stood[i] = day[i + 1] - day[i]
        stood[k - 1] = max(last_day - day[k - 1], 1)
    return account[:k], day[:k], came[:k], went[:k], balance[:k], stood[:k]


@nb.njit(cache=True)
def _size(ptr: I64, flow: I32, wanted: Flags, span: tuple[int, int, int]) -> int:
    """Most rows there can be: one a move in the window, and one an account."""
    low, high, most = span
    size = 0
    for v in range(ptr.shape[0] - 1):
        if wanted[v]:
            mine = flow[ptr[v] : ptr[v + 1]]
            moves = int(np.searchsorted(mine, high) - np.searchsorted(mine, low))
            if moves <= most:
                size += moves + 1
    return size
