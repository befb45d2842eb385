"""Compressed sparse rows: events by account, and other groupings, in numba."""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I32, I64, Events


@nb.njit(cache=True, nogil=True)
def group_rows(n_groups: int, group: I32) -> tuple[I64, I32]:
    """Rows by group, stable: rows of group g are order[ptr[g]:ptr[g + 1]]; negative groups are left out. O(n)."""
    ptr = np.zeros(n_groups + 1, np.int64)
    for g in group:
        if g >= 0:
            ptr[g + 1] += 1
    for g in range(n_groups):
        ptr[g + 1] += ptr[g]
    place = ptr[:-1].copy()
    order = np.empty(ptr[n_groups], np.int32)
    for row in range(group.shape[0]):
        g = group[row]
        if g >= 0:
            order[place[g]] = row
            place[g] += 1
    return ptr, order


def spread(ptr: I64, rows: I64) -> tuple[I64, I64]:
    """Places of the groups of these rows, one after another, and to which entry of `rows` each belongs. O(places)."""
    count = ptr[rows + 1] - ptr[rows]
    owner = np.repeat(np.arange(len(rows)), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + ptr[rows][owner]
    return owner, place


@nb.njit(cache=True)
def _events(n_accounts: int, payer: I32, payee: I32) -> tuple[I64, I32]:
    ptr = np.zeros(n_accounts + 1, np.int64)
    for row in range(payer.shape[0]):
        if payer[row] >= 0:
            ptr[payer[row] + 1] += 1
        if payee[row] >= 0:
            ptr[payee[row] + 1] += 1
    for v in range(n_accounts):
        ptr[v + 1] += ptr[v]
    place = ptr[:-1].copy()
    flow = np.empty(ptr[n_accounts], np.int32)
    for row in range(payer.shape[0]):
        for side in range(2):
            v = payer[row] if side == 0 else payee[row]
            if v >= 0:
                flow[place[v]] = row
                place[v] += 1
    return ptr, flow


def build_events(n_accounts: int, payer: I32, payee: I32) -> Events:
    """CSR of flows by account, in and out; flows must be in (time, txn_id) order. O(accounts + flows)."""
    ptr, flow = _events(n_accounts, np.ascontiguousarray(payer), np.ascontiguousarray(payee))
    return Events(ptr, flow)
