"""One-to-one pairing: the two statement legs of a payment, and reversals with what they reverse.

Both kernels read rows sorted by group, so they cost O(rows) after the sort and do not depend on the order of input.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I64, Flags

ALONE = -1


@nb.njit(cache=True)
def merge_legs(group: I64, payee_side: Flags, time: I64, tolerance: int) -> I64:
    """Partner of each row, or ALONE: payer's rows with payee's rows of the same group, `tolerance` apart at most.

    Rows are sorted by (group, payee_side, time). Within a group both sides are walked in time order and paired as
    soon as they are near enough: no pairing has more pairs (earliest-deadline argument), and pairs never cross.
    """
    n = group.shape[0]
    partner = np.full(n, ALONE, np.int64)
    start = 0
    while start < n:
        end = start
        while end < n and group[end] == group[start]:
            end += 1
        middle = start
        while middle < end and not payee_side[middle]:
            middle += 1
        i, j = start, middle
        while i < middle and j < end:
            apart = time[i] - time[j]
            if abs(apart) <= tolerance:
                partner[i], partner[j] = j, i
                i += 1
                j += 1
            elif apart < 0:
                i += 1
            else:
                j += 1
        start = end
    return partner


@nb.njit(cache=True)
def pair_reversals(group: I64, reversal: Flags) -> I64:
    """Partner of each row, or ALONE: every reversal with the latest payment before it that is still unreversed.

    Rows are sorted by (group, time, reversal): at equal times the payment comes first.
    """
    n = group.shape[0]
    partner = np.full(n, ALONE, np.int64)
    stack = np.empty(n, np.int64)
    top = 0
    for row in range(n):
        if row > 0 and group[row] != group[row - 1]:
            top = 0
        if not reversal[row]:
            stack[top] = row
            top += 1
        elif top > 0:
            top -= 1
            partner[row], partner[stack[top]] = stack[top], row
    return partner


def void_reversals(own: Sequence[str], target: Sequence[str]) -> list[bool]:
    """Which reversals do not count because a counting reversal reversed them. `own[i]` reverses `target[i]`.

    A reversal that nothing reverses counts; one in a circle does not. O(n).
    """
    waiting: dict[str, int] = {}  # reversals of this id that are not settled
    for name in target:
        waiting[name] = waiting.get(name, 0) + 1
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(own):
        rows.setdefault(name, []).append(row)
    void = [True] * len(own)
    settled: set[str] = set()
    hit: set[str] = set()  # ids that a counting reversal reverses
    ready = [name for name in rows if name not in waiting]
    while ready:
        name = ready.pop()
        settled.add(name)
        for row in rows[name]:
            void[row] = name in hit
            if not void[row]:
                hit.add(target[row])
            waiting[target[row]] -= 1
            if waiting[target[row]] == 0 and target[row] in rows and target[row] not in settled:
                ready.append(target[row])
    return void
