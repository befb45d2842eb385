"""Folds for cross-fitting: accounts that belong together are in one fold, so no model has seen the label of an account
it scores, nor of its case, its ring or its holder's other accounts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba as nb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphfraud.core.snapshot import I8, I32, I64, UNKNOWN, Snapshot
from graphfraud.models.ties import codes

FOLDS = 5


def folds(snapshot: Snapshot, rings: pa.Table, count: int = FOLDS) -> I8:
    """Fold of every account: by a hash of the first account id of its component, whatever else is in the data.

    Components join the accounts of a holder, of a ring (or lead) and of a case. O(accounts + members + referrals).
    """
    n = len(snapshot.accounts)
    referrals = snapshot.referrals
    case = _numbers([referrals.case[row] for row in range(len(referrals.account))])
    groups = (
        (np.arange(n, dtype=np.int32), snapshot.accounts.holder.astype(np.int64)),
        (codes(snapshot, rings["account_id"]), _numbers(rings["ring_id"].to_pylist())),
        (referrals.account, case),
    )
    parent = np.arange(n, dtype=np.int32)
    for account, group in groups:
        known = group != UNKNOWN
        _join(parent, account[known], group[known], int(group.max(initial=-1)) + 1)
    first = _roots(parent)
    ids = snapshot.accounts.id
    mixed = _fnv(ids.data, ids.offsets)[first]
    return (mixed % np.uint64(count)).astype(np.int8)


def _numbers(names: Sequence[str]) -> I64:
    order = {name: i for i, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names], np.int64)


@nb.njit(cache=True)
def _root(parent: I32, v: int) -> int:
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v


@nb.njit(cache=True)
def _join(parent: I32, account: I32, group: I64, groups: int) -> None:
    """Accounts of a group into one set; the smallest account stands for it."""
    first = np.full(groups, -1, np.int64)
    for i in range(account.shape[0]):
        g = group[i]
        if first[g] < 0:
            first[g] = account[i]
            continue
        a, b = _root(parent, first[g]), _root(parent, account[i])
        parent[max(a, b)] = min(a, b)


@nb.njit(cache=True)
def _roots(parent: I32) -> I32:
    result = np.empty_like(parent)
    for v in range(parent.shape[0]):
        result[v] = _root(parent, v)
    return result


@nb.njit(cache=True)
def _fnv(data: NDArray[np.uint8], offsets: I64) -> NDArray[np.uint64]:
    """FNV-1a of every text, its bits mixed once more."""
    result = np.empty(offsets.shape[0] - 1, np.uint64)
    for i in range(result.shape[0]):
        h = np.uint64(14695981039346656037)
        for j in range(offsets[i], offsets[i + 1]):
            h = (h ^ np.uint64(data[j])) * np.uint64(1099511628211)
        h ^= h >> np.uint64(33)
        h *= np.uint64(18397679294719823053)
        result[i] = h ^ (h >> np.uint64(33))
    return result


def parts(snapshot: Snapshot, count: int = FOLDS) -> I8:
    """Part of every account by a hash of its id alone: which referred accounts are left out together. O(bytes)."""
    ids = snapshot.accounts.id
    return (_fnv(ids.data, ids.offsets) // np.uint64(64) % np.uint64(count)).astype(np.int8)
