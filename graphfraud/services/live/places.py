"""Accounts of a cone by the numbers that a store gives them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from graphfraud.core.snapshot import I32, I64


class Places:
    """Places of numbers, from 0 on in order of appearance, those that appear together by number. Looked up among
    sorted numbers, never hashed.
    """

    def __init__(self) -> None:
        self.number: I64 = np.zeros(0, np.int64)  # by place
        self._sorted: I64 = np.zeros(0, np.int64)
        self._order: I32 = np.zeros(0, np.int32)  # places by number

    def __len__(self) -> int:
        return len(self.number)

    def of(self, numbers: ArrayLike) -> I32:
        """Place of each number; those that are new get the next ones. O(n log n), also in the places so far."""
        asked = np.asarray(numbers, np.int64)
        found = self._find(asked)
        if (found >= 0).all():
            return found
        self.number = np.concatenate([self.number, np.unique(asked[found < 0])])
        order = np.argsort(self.number)
        self._sorted, self._order = self.number[order], order.astype(np.int32)
        return self._find(asked)

    def find(self, number: int) -> int:
        """Place of a number, −1 where it has none."""
        return int(self._find(np.array([number]))[0])

    def _find(self, numbers: I64) -> I32:
        if not len(self._sorted):
            return np.full(len(numbers), -1, np.int32)
        at = np.minimum(np.searchsorted(self._sorted, numbers), len(self._sorted) - 1)
        return np.where(self._sorted[at] == numbers, self._order[at], np.int32(-1))
