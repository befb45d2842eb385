"""Sums and extremes per key, exact in integers; groups in the order in which their key is first seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.trace.finbench.kernels import distinct
from graphfraud.trace.finbench.links import LEAST

MOST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Groups:
    """Amounts by key."""

    key: I64
    count: I64
    total: I64  # minor units
    greatest: I64  # minor units

    def take(self, rows: I64) -> Groups:
        """Some of the groups."""
        return Groups(self.key[rows], self.count[rows], self.total[rows], self.greatest[rows])


def grouped(key: I32 | I64, amount: I64) -> Groups:
    """Number, sum and greatest amount per key. O(n)."""
    found, number = distinct(key)
    greatest = np.full(len(found), LEAST)
    np.maximum.at(greatest, number, amount)
    return Groups(found, np.bincount(number, minlength=len(found)), summed(amount, number, len(found)), greatest)


def summed(amount: I64, number: I64, groups: int) -> I64:
    """Sum of the amounts of every group. O(n)."""
    total = np.zeros(groups, np.int64)
    np.add.at(total, number, amount)
    return total


def least(key: I32 | I64, value: I64) -> tuple[I64, I64]:
    """Keys and the least value of each. O(n)."""
    found, number = distinct(key)
    result = np.full(len(found), MOST)
    np.minimum.at(result, number, value)
    return found, result


def greatest(key: I32 | I64, value: I64) -> tuple[I64, I64]:
    """Keys and the greatest value of each. O(n)."""
    found, number = distinct(key)
    result = np.full(len(found), LEAST)
    np.maximum.at(result, number, value)
    return found, result


def pairs(left: I32 | I64, right: I32, width: int) -> tuple[I64, I64]:
    """Different pairs; `right` is in [0, width). O(n)."""
    both = distinct(left.astype(np.int64) * width + right)[0]
    return both // width, both % width
