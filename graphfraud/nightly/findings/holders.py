"""The other accounts of referred holders, listed apart from the score (contracts.md §4)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import I32, I64, UNKNOWN, Flags, Snapshot


def holder_accounts(snapshot: Snapshot, referred: Flags) -> pa.Table:
    """Table `holder_accounts`: the other accounts of every referred holder. O(accounts + pairs)."""
    holder = snapshot.accounts.holder
    seeds = np.flatnonzero(referred & (holder != UNKNOWN))
    held = np.flatnonzero(np.isin(holder, holder[seeds]) & (holder != UNKNOWN))
    left, right = _joined(holder[held], holder[seeds])
    account, other = held[left], seeds[right]
    keep = account != other
    ids = snapshot.accounts.id.arrow()
    columns = {
        "account_id": ids.take(pa.array(account[keep])).cast(pa.string()),
        "referred_account": ids.take(pa.array(other[keep])).cast(pa.string()),
    }
    return FINDINGS["holder_accounts"].table(columns)


def _joined(left: I32, right: I32) -> tuple[I64, I64]:
    """Row pairs with equal keys."""
    order = np.argsort(right, kind="stable")
    low = np.searchsorted(right[order], left, side="left")
    high = np.searchsorted(right[order], left, side="right")
    count = high - low
    rows = np.repeat(np.arange(len(left)), count)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, order[np.repeat(low, count) + offset]
