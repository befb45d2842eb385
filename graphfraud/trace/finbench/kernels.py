"""Compiled loops of the reads: pure functions over arrays."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I32, I64

_MIX = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: 2^64 / golden ratio


@nb.njit(cache=True)
def _first_after(time: I64, low: int, high: int, bound: int) -> int:
    """First row of [low, high) whose time is greater than `bound`; `high` if none. O(log n)."""
    while low < high:
        middle = (low + high) // 2
        if time[middle] > bound:
            high = middle
        else:
            low = middle + 1
    return low


@nb.njit(cache=True)
def between(start: I64, stop: I64, time: I64, amount: I64, accounts: I32, *bounds: Any) -> tuple[I64, I64]:
    """Rows of `accounts` with after < time < before and amount > above, and the index of the account of each row."""
    after, before, above = bounds
    n = accounts.shape[0]
    first, last = np.empty(n, np.int64), np.empty(n, np.int64)
    size = 0
    for i in range(n):
        v = accounts[i]
        first[i] = _first_after(time, start[v], stop[v], after[i])
        last[i] = _first_after(time, first[i], stop[v], before[i] - 1)
        size += last[i] - first[i]
    rows, owner = np.empty(size, np.int64), np.empty(size, np.int64)
    k = 0
    for i in range(n):
        for row in range(first[i], last[i]):
            if amount[row] > above[i]:
                rows[k], owner[k] = row, i
                k += 1
    return rows[:k], owner[:k]


@nb.njit(cache=True)
def distinct(keys: Any) -> tuple[I64, I64]:
    """Different keys in the order in which they are first seen, and for every row the number of its key. O(n)."""
    n = keys.shape[0]
    bits = 3
    while (1 << bits) < 2 * n:
        bits += 1
    shift, mask = np.uint64(64 - bits), (1 << bits) - 1
    slots = np.full(1 << bits, -1, np.int64)
    found, number = np.empty(n, np.int64), np.empty(n, np.int64)
    k = 0
    for row in range(n):
        key = np.int64(keys[row])
        slot = np.int64((np.uint64(key) * _MIX) >> shift)
        while slots[slot] >= 0 and found[slots[slot]] != key:
            slot = (slot + 1) & mask
        if slots[slot] < 0:
            slots[slot] = k
            found[k] = key
            k += 1
        number[row] = slots[slot]
    return found[:k], number


@nb.njit(cache=True)
def keep_by_amount(start: I64, stop: I64, amount: I64, limit: int, descending: bool) -> I64:
    """Rows of every account that are among its first `limit` by amount, in their old order. O(n log n)."""
    kept = np.empty(amount.shape[0], np.int64)
    k = 0
    for v in range(start.shape[0]):
        low, high = start[v], stop[v]
        if high - low <= limit:
            for row in range(low, high):
                kept[k] = row
                k += 1
            continue
        part = amount[low:high]
        order = np.argsort(-part if descending else part, kind="mergesort")
        for place in np.sort(order[:limit]):
            kept[k] = low + place
            k += 1
    return kept[:k]
