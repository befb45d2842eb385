"""Attribution: follow the money of a start under one of five rules, every fen accounted for (algorithms.md §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from graphfraud.core.snapshot import I32, I64, Referrals
from graphfraud.errors import UnknownId, UsageError
from graphfraud.trace.book import Book
from graphfraud.trace.pull import pull
from graphfraud.trace.result import Found, Trace
from graphfraud.trace.rules import LOT_RULES, Direction, Limits, Rule
from graphfraud.trace.sweep import sweep
from graphfraud.trace.walk import walk_lots


@dataclass(frozen=True)
class Starts:
    """Payments to trace, whole: `flow[ptr[o]:ptr[o + 1]]` are those of origin o, the largest first.

    An origin is what results are told apart by: one victim's payment, or everything that came into an account.
    A payment is a start once: its money counts as its own origin's, whatever brought it there.
    """

    ptr: I64
    flow: I32
    sorted: I32

    def __len__(self) -> int:
        return len(self.ptr) - 1

    @classmethod
    def of(cls, book: Book, origins: Sequence[Sequence[int] | I32]) -> Starts:
        """From payments per origin. Raises UsageError where there is none, or one is named twice."""
        flows = [np.asarray(o, np.int32) for o in origins]
        ordered = [f[np.lexsort((f, -book.flows.amount[f]))] for f in flows]
        flow = np.concatenate([np.zeros(0, np.int32), *ordered]).astype(np.int32)
        if not len(flow):
            raise UsageError("there is no payment to trace; name one, or refer an account with its victim's payment")
        known = np.sort(flow)
        if (known[1:] == known[:-1]).any():
            raise UsageError("a payment is named twice among those to trace; name each once")
        ptr = np.concatenate([[0], np.cumsum([len(f) for f in flows])]).astype(np.int64)
        return cls(ptr, flow, known)

    @classmethod
    def none(cls) -> Starts:
        """One origin without a payment: nothing came in."""
        empty = np.zeros(0, np.int32)
        return cls(np.zeros(2, np.int64), empty, empty)

    @classmethod
    def into(cls, book: Book, account: int, since: int | None = None, until: int | None = None) -> Starts:
        """What came into an account in [since, until), µs, as one origin. Raises UsageError where nothing did."""
        mine = book.events.flow[book.events.ptr[account] : book.events.ptr[account + 1]]
        came = mine[book.flows.payee[mine] == account]
        time = book.flows.time[came]
        wanted = np.ones(len(came), bool)
        if since is not None:
            wanted &= time >= since
        if until is not None:
            wanted &= time < until
        if not wanted.any():
            name = book.accounts.id[account]
            raise UsageError(f"no payment came into account {name} in that time; there is nothing to trace")
        return cls.of(book, [came[wanted]])

    @classmethod
    def of_case(cls, book: Book, referrals: Referrals, case_no: str) -> Starts:
        """The victims' payments of a case, each an origin, in order of referral_id; one reported twice counts once.

        Raises UnknownId for a case that has no referral here, UsageError where no payment could be identified.
        O(referrals).
        """
        rows = np.flatnonzero(pc.equal(referrals.case.arrow(), case_no).to_numpy(zero_copy_only=False))
        if not len(rows):
            raise UnknownId(
                f"no referral of case {case_no!r} stands at this run; check the number, or refer its accounts"
            )
        payments = list(dict.fromkeys(f for f in referrals.victim_flow[rows].tolist() if f >= 0))
        if not payments:
            raise UsageError(
                f"no victim's payment of case {case_no!r} could be identified among the payments known here; refer its"
                " accounts with --victim-payment, or trace what came into an account"
            )
        return cls.of(book, [[f] for f in payments])


def follow(book: Book, starts: Starts, rule: Rule, limits: Limits, direction: Direction = "down") -> Trace:
    """Trace payments forward (down) from their receivers, or in reverse (up) from their payers.

    Raises UsageError; CheckFailed should it not add up, which would be an error of ours.
    """
    amount = book.flows.amount[starts.flow]
    started = np.add.reduceat(np.append(amount, 0), starts.ptr[:-1]).astype(np.int64)
    started[starts.ptr[:-1] == starts.ptr[1:]] = 0
    return Trace.of(book, (rule, direction, limits), started, _found(book, starts, rule, limits, direction))


def _found(book: Book, starts: Starts, rule: Rule, limits: Limits, direction: Direction) -> Found:
    by_origin = (starts.ptr, starts.flow, starts.sorted)
    if not len(starts.flow):
        return np.zeros((4, 0), np.int64), np.zeros((3, 0), np.int64), np.zeros((5, 0), np.int64)
    if rule in LOT_RULES:
        return walk_lots(book, book.lots(rule), by_origin, direction, limits)
    if direction == "up":
        return pull(book, rule, by_origin, limits)
    origin = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(starts.ptr))
    return sweep(book, rule, (origin, starts.flow, starts.sorted), limits)
