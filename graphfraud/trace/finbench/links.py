"""Links by account: payments, withdrawals, deposits or uses of an identifier, found by account and time.

The one primitive of every read is a hop: `Hop.between` gives the links of some accounts in an open interval of
time above an amount, as positions in arrays. Nothing in it is a float.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from graphfraud.core.csr import group_rows
from graphfraud.core.snapshot import I32, I64
from graphfraud.trace.finbench.kernels import between, keep_by_amount

#: before every time, and below every amount
LEAST = np.iinfo(np.int64).min
REMEMBERED = 8  # truncations whose result is kept with the links


class Order(StrEnum):
    """Which links of an account come first when only some are followed."""

    TIMESTAMP_DESCENDING = "TIMESTAMP_DESCENDING"
    TIMESTAMP_ASCENDING = "TIMESTAMP_ASCENDING"
    AMOUNT_DESCENDING = "AMOUNT_DESCENDING"
    AMOUNT_ASCENDING = "AMOUNT_ASCENDING"


@dataclass(frozen=True)
class Truncation:
    """The benchmark's cap for hubs: of an account's links only the first `limit` in `order` are followed.

    It applies to every account at every hop over transfers and withdrawals, before the time window and the
    thresholds. `order` refines (time, other account, amount), backwards for TIMESTAMP_DESCENDING; of equal
    amounts the earliest come first. None: no cap.
    """

    limit: int | None = None
    order: Order = Order.TIMESTAMP_DESCENDING


ALL = Truncation()


@dataclass(frozen=True, eq=False)
class Links:
    """CSR: rows `start[v]:stop[v]` are the links of account v, in order of (time, other, amount)."""

    start: I64
    stop: I64
    time: I64  # µs
    other: I32  # the account, identifier or loan at the other end
    amount: I64  # minor units; 0 where the link carries no money
    dropped: I64 | None = None  # links of v that a truncation left out
    cuts: dict[Truncation, Links] = field(default_factory=dict, repr=False)  # what truncations left

    def degree(self) -> I64:
        """Links of every account."""
        return self.stop - self.start

    def degree_of(self, account: int) -> int:
        """Links of one account."""
        return int(self.stop[account] - self.start[account])


@dataclass(frozen=True)
class Rows:
    """A table of links in any order: `source` → `target`."""

    source: I32
    target: I32
    time: I64
    amount: I64

    def sorted(self) -> Rows:
        """In order of (time, source, target, amount). O(n log n)."""
        order = np.argsort(self.time, kind="stable")
        same = np.diff(self.time[order]) == 0
        tied = np.append(same, False) | np.insert(same, 0, False)
        if tied.any():
            rows = order[tied]  # few: only these need the other columns
            keys = (self.amount[rows], self.target[rows], self.source[rows], self.time[rows])
            order[tied] = rows[np.lexsort(keys)]
        return Rows(self.source[order], self.target[order], self.time[order], self.amount[order])

    def joined(self, more: Rows) -> Rows:
        """Both tables, sorted; this one as it is where there is nothing to join."""
        if not len(more.time):
            return self
        source = np.concatenate([self.source, more.source])
        target = np.concatenate([self.target, more.target])
        time = np.concatenate([self.time, more.time])
        return Rows(source, target, time, np.concatenate([self.amount, more.amount])).sorted()


def leaving(n_sources: int, rows: Rows) -> Links:
    """Links by source, of sorted rows. O(n)."""
    return _grouped(n_sources, rows.source, rows.target, rows)


def entering(n_targets: int, rows: Rows) -> Links:
    """Links by target, of sorted rows. O(n)."""
    return _grouped(n_targets, rows.target, rows.source, rows)


def _grouped(n: int, key: I32, other: I32, rows: Rows) -> Links:
    ptr, order = group_rows(n, np.ascontiguousarray(key))
    return Links(ptr[:-1], ptr[1:], rows.time[order], other[order], rows.amount[order])


def truncated(links: Links, truncation: Truncation) -> Links:
    """The links that a truncation leaves. O(links) the first time; the last few truncations are remembered."""
    if truncation.limit is None:
        return links
    known = links.cuts.get(truncation)
    if known is None:
        while len(links.cuts) >= REMEMBERED:
            links.cuts.pop(next(iter(links.cuts)), None)
        known = links.cuts[truncation] = _cut(links, truncation.limit, truncation.order)
    return known


def _cut(links: Links, limit: int, order: Order) -> Links:
    dropped = np.maximum(links.degree() - limit, 0)
    if not dropped.any():
        return links
    if order is Order.TIMESTAMP_DESCENDING:
        return Links(links.start + dropped, links.stop, links.time, links.other, links.amount, dropped)
    if order is Order.TIMESTAMP_ASCENDING:
        return Links(links.start, links.stop - dropped, links.time, links.other, links.amount, dropped)
    kept = keep_by_amount(links.start, links.stop, links.amount, limit, order is Order.AMOUNT_DESCENDING)
    left = links.degree() - dropped
    stop = np.cumsum(left)
    return Links(stop - left, stop, links.time[kept], links.other[kept], links.amount[kept], dropped)


@dataclass(frozen=True)
class Found:
    """Links that a hop found: `owner[i]` is the index in the accounts asked for, the rest is of the link."""

    owner: I64
    time: I64
    other: I32
    amount: I64


class Hop:
    """Follows links under a truncation and counts what that left out."""

    def __init__(self, links: Links, truncation: Truncation = ALL) -> None:
        self.links = truncated(links, truncation)
        self.left_out = 0

    def between(self, accounts: I32, after: I64 | int, before: I64 | int, above: I64 | int = LEAST) -> Found:
        """Links of `accounts` with after < time < before and amount > above, bounds per account or for all.

        In order of (index in accounts, time, other, amount). O(accounts · log degree + links in the interval).
        """
        links, n = self.links, len(accounts)
        if links.dropped is not None:
            self.left_out += int(links.dropped[accounts].sum())
        bounds = (b if isinstance(b, np.ndarray) else np.full(n, b, np.int64) for b in (after, before, above))
        at, owner = between(links.start, links.stop, links.time, links.amount, accounts, *bounds)
        return Found(owner, links.time[at], links.other[at], links.amount[at])
