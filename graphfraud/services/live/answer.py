"""The answer of a live trace: the parts of a run's answer that need no run; and as a paper, for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from graphfraud.core.snapshot import NEVER, Referrals
from graphfraud.core.text import TextColumn
from graphfraud.services import live
from graphfraud.services.answers import Document, Micros, Minor
from graphfraud.services.hypotheses import CashHypotheses
from graphfraud.services.live import Asked, Live, Readable
from graphfraud.services.trace import (
    TraceAccount,
    TraceAnswer,
    TraceCoverage,
    TraceCut,
    TraceEnvelope,
    TraceHop,
    TraceNote,
    TraceRequest,
    TraceStart,
    TraceTotal,
)
from graphfraud.services.trace.answer import TraceBounds
from graphfraud.services.trace.ask import EVERY, Kind
from graphfraud.services.trace.build import (
    accounts_of,
    bounds_of,
    certificate,
    cuts_of,
    envelope_of,
    hops_of,
    starts_in,
    totals_of,
)
from graphfraud.services.trace.notes import money_notes
from graphfraud.services.trace.start import Followed
from graphfraud.settings import Settings
from graphfraud.trace import Book, envelope

RUN = "live"  # in the place of a run's id


@dataclass(frozen=True)
class LiveBusy:
    """An account whose statement was not fetched: ways end there as *busy*."""

    account_id: str
    payments: int


@dataclass(frozen=True)
class LiveTraceAnswer(Document):
    """A trace of what the store holds, without a run: no scores, levels, layers, rings or names.

    Hops, ends and certificate are those of a run of the same moment, but for the accounts in `busy`.
    """

    as_of: Annotated[Micros, Field(description="facts known later are not looked at")]
    start: Literal["account", "transfer", "case", "referral"]
    start_id: str
    direction: Literal["up", "down"]
    rule: str
    total: Minor
    limits: TraceBounds
    hops: list[TraceHop]
    ends: Annotated[list[TraceTotal], Field(description="where the total ends; they add up to it")]
    cut: list[TraceCut]
    coverage: TraceCoverage
    fetched: Annotated[int, Field(description="accounts whose statements were fetched")]
    busy: list[LiveBusy]
    starts: Annotated[
        list[TraceStart], Field(description="what is traced apart; `referrals`: those that were asked about")
    ]
    envelope: Annotated[TraceEnvelope | None, Field(description="where all rules were asked")]


@dataclass(frozen=True)
class Traced:
    """A live trace and what was asked."""

    request: TraceRequest
    live: Live

    @property
    def followed(self) -> Followed:
        """As traces of a run are."""
        found, request = self.live, self.request
        traces = {rule: found.traces[rule] for rule in request.rules}
        spans = None
        if request.rule == EVERY:
            spans = envelope(traces, measure="held" if request.way == "down" else "through")
        book = found.trace.book
        return Followed(request, book, found.starts, _reports(book, found.reports), traces, spans)


def traced(store: Readable, settings: Settings, request: TraceRequest, max_degree: int) -> Traced:
    """Trace money in a store now. Raises UnknownId, UsageError for what a live trace refuses."""
    kind: Kind = request.kind
    shown = request.shown
    asked = Asked(
        shown,
        request.way,
        request.limits.bounds,
        account=request.account_id if request.txn_id is None else None,
        since=request.since,
        until=request.until,
        origins=[[(request.account_id, request.txn_id)]] if request.account_id and request.txn_id else [],
        max_degree=max_degree,
        txn=request.txn_id if kind == "transfer" else None,
        case_no=request.case_no,
        referral_id=request.referral_id,
        beside=tuple(rule for rule in request.rules if rule != shown),
    )
    found = live.trace(store, settings, asked)
    return Traced(request, found)


def answer(done: Traced) -> LiveTraceAnswer:
    """The answer of a live trace. O(hops)."""
    found, request, trace, followed = done.live, done.request, done.live.trace, done.followed
    return LiveTraceAnswer(
        as_of=found.as_of,
        start=request.kind,
        start_id=request.named,
        direction=request.way,
        rule=str(request.shown),
        total=trace.coverage.start,
        limits=bounds_of(request),
        hops=hops_of(trace, found.places),
        ends=totals_of(trace),
        cut=cuts_of(trace),
        coverage=certificate(trace.coverage),
        fetched=found.accounts,
        busy=[LiveBusy(name, payments) for name, payments in found.busy.items()],
        starts=starts_in(followed),
        envelope=envelope_of(followed),
    )


def paper(done: Traced) -> TraceAnswer:
    """The same with the columns that files and pictures of a trace have; what only a run knows is empty."""
    said, followed = answer(done), done.followed
    return TraceAnswer(
        run_id=RUN,
        as_of=said.as_of,
        start=said.start,
        start_id=said.start_id,
        account_id=done.request.account_id,
        direction=said.direction,
        rule=said.rule,
        masked=True,
        total=said.total,
        limits=said.limits,
        starts=said.starts,
        hops=said.hops,
        accounts=_accounts(done, followed),
        ends=said.ends,
        cut=said.cut,
        coverage=said.coverage,
        envelope=said.envelope,
        notes=[_without_run(said), *money_notes(followed)],
        hypotheses=CashHypotheses(0, [], 0, 0, 0, 0, "未经夜间运行，不推测现金去向。", "Not looked for without a run."),
    )


def _accounts(done: Traced, followed: Followed) -> list[TraceAccount]:
    """Accounts that the money reached; a balance is told where the whole statement was fetched."""
    made = []
    for figures in accounts_of(followed):
        name = figures.account_id
        known = figures.known if name in done.live.whole else (None, None)
        made.append(
            TraceAccount(
                name, None, figures.bank, figures.outside, figures.layer, figures.received, figures.held, *known,
                figures.ends, False, 0, None, None,
            )
        )  # fmt: skip
    return made


def _without_run(said: LiveTraceAnswer) -> TraceNote:
    return TraceNote(
        "without a run",
        f"Traced in the store itself: names, scores, levels, rings and referrals of accounts are not told. Statements"
        f" fetched: {said.fetched:,}; accounts too busy to follow: {len(said.busy):,}.",
        f"直接在库中追踪，未经夜间运行：不含户名、评分、等级、团伙与移送标记。已取流水 {said.fetched:,} 户，"
        f"因笔数过多未跟进 {len(said.busy):,} 户。",
    )


def _reports(book: Book, reports: Mapping[int, list[str]]) -> Referrals:
    """The referrals that were asked about, with the payments they report."""
    rows = sorted((name, flow) for flow, names in reports.items() for name in names)
    n = len(rows)
    nobody, flow = np.full(n, -1, np.int32), np.array([flow for _, flow in rows], np.int32)
    return Referrals(
        TextColumn.of([name for name, _ in rows]), TextColumn.of([""] * n), book.flows.payee[flow].astype(np.int32),
        np.zeros(n, np.int64), nobody, np.zeros(n, np.int64), np.full(n, NEVER, np.int64), flow,
    )  # fmt: skip
