"""Exact shares: an amount split in proportion, by largest remainder, in compiled code (int64, no overflow)."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I64


@nb.njit(cache=True, nogil=True)
def _divide(a: int, x: int, whole: int) -> tuple[Any, Any]:
    """Quotient and remainder of a·x ÷ whole for 0 ≤ a, x ≤ whole < 2^52.

    The product may exceed 64 bits: the quotient is estimated in floating point, the remainder is then exact in
    arithmetic modulo 2^64 because its true value is small.
    """
    quotient = np.int64(np.float64(a) * np.float64(x) / np.float64(whole))
    rest = np.int64(a) * np.int64(x) - quotient * np.int64(whole)
    while rest < 0:
        quotient -= 1
        rest += whole
    while rest >= whole:
        quotient += 1
        rest -= whole
    return quotient, rest


@nb.njit(cache=True, nogil=True)
def share_out(total: int, weights: I64, parts: I64) -> None:
    """Split `total` ≤ Σ weights into `parts` in proportion to `weights`, exactly; no part exceeds its weight.

    Ties of the remainder go to the earlier weight, as in core.money. Amounts below 2^52 (45 trillion yuan).
    O(n), with a sort of the remainders where more than one unit is left over.
    """
    n = weights.shape[0]
    whole: Any = np.int64(0)
    for i in range(n):
        whole += weights[i]
    if total == whole:
        parts[:] = weights
        return
    rest = np.empty(n, np.int64)
    over: Any = np.int64(total)
    for i in range(n):
        parts[i], rest[i] = _divide(total, weights[i], whole)
        over -= parts[i]
    if over == 1:
        parts[np.argmax(rest)] += 1
    elif over > 1:
        order = np.argsort(-rest, kind="mergesort")
        for i in range(over):
            parts[order[i]] += 1
