"""From a request to the payments to trace, and from them to the traces; every payment that is not there explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphfraud.core import clock
from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import CASH_DESK, I32, Referrals
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.books import book_of
from graphfraud.services.trace.ask import EVERY, TraceRequest
from graphfraud.trace import Book, Envelope, Rule, Starts, Trace, envelope, follow


@dataclass(frozen=True)
class Followed:
    """The traces of a request: one, or one a rule with the ranges they span. Origins are those of `starts`."""

    request: TraceRequest
    book: Book
    starts: Starts
    referrals: Referrals
    traces: Mapping[Rule, Trace]
    envelope: Envelope | None

    @property
    def trace(self) -> Trace:
        """The trace whose hops are shown."""
        return self.traces[self.request.shown]

    @property
    def returned(self) -> dict[int, int]:
        """Down: amount per origin of one payment that hops brought back to its payer. O(hops)."""
        trace, starts, flows = self.trace, self.starts, self.book.flows
        if self.request.way == "up":
            return {}
        single = np.flatnonzero(np.diff(starts.ptr) == 1)
        payer = np.full(len(starts), CASH_DESK, np.int32)
        payer[single] = flows.payer[starts.flow[starts.ptr[single]]]
        wanted = payer[trace.hops.origin]
        back = (flows.payee[trace.hops.flow] == wanted) & (wanted != CASH_DESK)
        amounts: dict[int, int] = {}
        for origin, carried in zip(trace.hops.origin[back].tolist(), trace.hops.carried[back].tolist(), strict=True):
            amounts[origin] = amounts.get(origin, 0) + carried
        return amounts


def followed(run: PublishedRun, request: TraceRequest) -> Followed:
    """Trace in a published run. Raises UnknownId, UsageError; see `starts_of`."""
    book = book_of(run)
    try:
        starts = starts_of(book, run.snapshot.referrals, request)
    except UnknownPayment as exc:
        _explain(run, exc)
    return follow_all(book, starts, run.snapshot.referrals, request)


def follow_all(book: Book, starts: Starts, referrals: Referrals, request: TraceRequest) -> Followed:
    """Trace the starts under every rule that is asked for."""
    bounds = request.limits.bounds
    traces = {rule: follow(book, starts, rule, bounds, request.way) for rule in request.rules}
    spans = None
    if request.rule == EVERY:
        spans = envelope(traces, measure="held" if request.way == "down" else "through")
    return Followed(request, book, starts, referrals, traces, spans)


class UnknownPayment(UnknownId):
    """A payment that moved no money here: `txn_id` says which."""

    def __init__(self, txn_id: str, message: str) -> None:
        super().__init__(message)
        self.txn_id = txn_id


def starts_of(book: Book, referrals: Referrals, request: TraceRequest) -> Starts:
    """The payments that a request names; none where nothing came into an account.

    Raises UnknownId for an account, case or referral that is not there, UnknownPayment for a payment that moved no
    money here, UsageError where a case or referral has no victim's payment that could be identified.
    """
    if request.kind == "account":
        return _into(book, request)
    if request.kind == "case":
        return Starts.of_case(book, referrals, request.case_no or "")
    if request.kind == "referral":
        return Starts.of(book, [[_reported(referrals, request.referral_id or "")]])
    return Starts.of(book, [[_payment(book, request.txn_id or "")]])


def _into(book: Book, request: TraceRequest) -> Starts:
    """What came into an account: all of it, in a window, or in one payment."""
    account = book.account(request.account_id or "")
    mine = book.events.flow[book.events.ptr[account] : book.events.ptr[account + 1]]
    came = mine[book.flows.payee[mine] == account]
    if request.txn_id is not None:
        flow = _among(book, came, request.txn_id)
        if flow < 0:
            name = book.accounts.id[account]
            raise UnknownPayment(request.txn_id, f"no payment {request.txn_id!r} into account {name} at this run")
        return Starts.of(book, [[flow]])
    time = book.flows.time[came]
    wanted = np.ones(len(came), np.bool_)
    if request.since is not None:
        wanted &= time >= request.since
    if request.until is not None:
        wanted &= time < request.until
    return Starts.of(book, [came[wanted]]) if wanted.any() else Starts.none()


def _among(book: Book, flows: I32, txn_id: str) -> int:
    """The one of these flows with this serial, or −1. O(payments known), 20 ms at 10M."""
    try:
        found = book.payment(txn_id)
    except UnknownId:
        return -1
    if found in flows:
        return found
    return next((int(f) for f in flows if book.flows.txn[int(f)] == txn_id), -1)


def _payment(book: Book, txn_id: str) -> int:
    try:
        return book.payment(txn_id)
    except UnknownId as exc:
        raise UnknownPayment(txn_id, str(exc)) from exc


def _reported(referrals: Referrals, referral_id: str) -> int:
    """The victim's payment of a referral. Raises UnknownId, UsageError. O(log referrals)."""
    row = referrals.id.find(referral_id)
    if row < 0:
        raise UnknownId(
            f"no referral {referral_id!r} stands at this run: check the number; it may have been withdrawn, or its"
            " account may not be known here"
        )
    flow = int(referrals.victim_flow[row])
    if flow < 0:
        raise UsageError(
            f"the victim's payment of referral {referral_id!r} could not be identified among the payments known here;"
            " trace the account it refers, or refer it again with --victim-payment"
        )
    return flow


def _explain(run: PublishedRun, asked: UnknownPayment) -> NoReturn:
    """Say what became of a payment that moved no money. Raises UnknownId. Reads small files of the run."""
    txn = asked.txn_id
    for row in _rows(run, "reversed", txn, ("txn_id", "reversal_txn_id")):
        when = clock.show(row["reversal_time"])
        if row["reversal_txn_id"] == txn:
            took = f"took back {row['txn_id']}" if row["txn_id"] else "took back a payment that no feed has"
            raise UnknownId(f"{txn!r} is a reversal of {when}, it {took}: no money of it went on")
        raise UnknownId(
            f"payment {txn!r} was reversed by {row['reversal_txn_id'] or 'a reversal without a serial'} at {when}: its"
            " money went back, there is nothing to trace"
        )
    for row in _rows(run, "failed", txn, ("txn_id",)):
        raise UnknownId(
            f"payment {txn!r} of {clock.show(row['time'])} failed: no money moved, there is nothing to trace"
        )
    for _ in _rows(run, "self", txn, ("txn_id",)):
        raise UnknownId(f"payment {txn!r} went from an account to itself: it moved no money, there is nothing to trace")
    raise UnknownId(str(asked)) from asked


def _rows(run: PublishedRun, name: str, txn: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of a facts file with this serial in one of the columns; none where a run has no such file."""
    file = run.facts(name)
    if not file.exists():
        return []
    table = pq.read_table(file)
    found = pc.equal(table[columns[0]], txn)
    for column in columns[1:]:
        found = pc.or_kleene(found, pc.equal(table[column], txn))
    rows: list[dict[str, Any]] = table.filter(pc.fill_null(found, False)).to_pylist()
    return rows
