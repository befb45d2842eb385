"""Leads: unreferred communities that look like the ones with a referred member (algorithms.md §1.5).

A logistic regression on ring features with "holds a referred member" as weak label ranks them; the top ones are
shown as leads, never as rings: a density threshold is wrong six times of seven once families and foremen pass
money on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from graphfraud.core.pairs import Pairs
from graphfraud.core.snapshot import F64, I64, Flags
from graphfraud.rings.levels import Level

MIN_LABELLED = 5  # communities with a referred member that a model needs


def features(level: Level, relay: Pairs, shared: Pairs, degree: F64) -> F64:
    """Per community: ln size, relay and identifier weight per member, density, share of its weight inside."""
    size = np.diff(level.ptr).astype(np.float64)
    count = len(size)

    def inside(pairs: Pairs) -> F64:
        same = (level.label[pairs.a] == level.label[pairs.b]) & (level.label[pairs.a] >= 0)
        return np.bincount(level.label[pairs.a[same]], pairs.weight[same], count).astype(np.float64)

    by_relay, by_identifier = inside(relay), inside(shared)
    known = level.label >= 0
    volume = np.bincount(level.label[known], degree[known], count)
    together = by_relay + by_identifier
    return np.column_stack(
        [
            np.log(size),
            by_relay / size,
            by_identifier / size,
            together / (size * np.maximum(size - 1, 1) / 2),
            2 * together / np.maximum(volume, 1e-12),
        ]
    )


def rank_leads(level: Level, table: F64, referred: Flags, smallest: int, most: int) -> I64:
    """Communities without a referred member, best first, at most `most`; none when too few labels to learn from."""
    size = np.diff(level.ptr)
    held = np.zeros(len(size), bool)
    mine = level.label[referred]
    held[mine[mine >= 0]] = True
    rows = np.flatnonzero(size >= smallest)
    if held[rows].sum() < MIN_LABELLED or held[rows].all() or most == 0:
        return np.zeros(0, np.int64)
    with threadpool_limits(1):  # the same sums in the same order for any number of threads
        scaled = StandardScaler().fit_transform(table[rows])
        model = LogisticRegression(C=1.0, max_iter=200).fit(scaled, held[rows])
        chance: NDArray[np.float64] = np.round(model.decision_function(scaled), 9)
    first = level.member[level.ptr[rows]]
    open_rows = np.flatnonzero(~held[rows])
    order = open_rows[np.lexsort((first[open_rows], -chance[open_rows]))]
    return rows[order[:most]].astype(np.int64)
