"""Places of the numbers that a store gives to accounts and rows."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import ArrayLike

from graphfraud.core.snapshot import I32, I64

ABSENT = -1
_ROOM = 256


@nb.njit(cache=True, nogil=True)
def _slot(table: I32, numbers: I64, number: Any) -> Any:
    """Where a number is in the table, or the free slot where it would be."""
    mask = table.shape[0] - 1
    at = (number ^ (number >> 17)) * 0x9E3779B1 & mask
    while table[at] != ABSENT and numbers[table[at]] != number:
        at = (at + 1) & mask
    return at


@nb.njit(cache=True, nogil=True)
def _add(table: I32, numbers: I64, n: int, asked: I64) -> Any:
    """Place of each number; those that are new get the next ones. Returns these and how many there are now."""
    found = np.empty(asked.shape[0], np.int32)
    for i in range(asked.shape[0]):
        at = _slot(table, numbers, asked[i])
        if table[at] == ABSENT:
            table[at], numbers[n] = n, asked[i]
            n += 1
        found[i] = table[at]
    return found, n


@nb.njit(cache=True, nogil=True)
def _find(table: I32, numbers: I64, asked: I64) -> I32:
    found = np.empty(asked.shape[0], np.int32)
    for i in range(asked.shape[0]):
        found[i] = table[_slot(table, numbers, asked[i])]
    return found


class Places:
    """Places of numbers, from 0 on in order of appearance. A hash table with linear probing, at most half full."""

    def __init__(self) -> None:
        self._numbers: I64 = np.zeros(_ROOM, np.int64)
        self._table: I32 = np.full(2 * _ROOM, ABSENT, np.int32)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def number(self) -> I64:
        """The numbers by place."""
        return self._numbers[: self._n]

    def of(self, numbers: ArrayLike) -> I32:
        """Place of each number; those that are new get the next ones. O(n)."""
        asked = np.asarray(numbers, np.int64)
        self._grow(self._n + len(asked))
        found: I32
        found, self._n = _add(self._table, self._numbers, self._n, asked)
        return found

    def at(self, numbers: ArrayLike) -> I32:
        """Place of each number, ABSENT where it has none. O(n)."""
        found: I32 = _find(self._table, self._numbers, np.asarray(numbers, np.int64))
        return found

    def find(self, number: int) -> int:
        """Place of a number, ABSENT where it has none."""
        return int(self.at([number])[0])

    def _grow(self, most: int) -> None:
        room = len(self._numbers)
        if most <= room:
            return
        while room < most:
            room *= 2
        numbers = self.number
        self._numbers, self._table = np.zeros(room, np.int64), np.full(2 * room, ABSENT, np.int32)
        _add(self._table, self._numbers, 0, numbers)
