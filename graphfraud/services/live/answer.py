"""The answer of a live trace: the parts of a run's answer that need no run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from graphfraud.errors import UsageError
from graphfraud.services import live
from graphfraud.services.answers import Document, Micros, Minor
from graphfraud.services.live import Asked, Readable
from graphfraud.services.trace import TraceCoverage, TraceCut, TraceHop, TraceRequest, TraceTotal
from graphfraud.services.trace.answer import TraceBounds
from graphfraud.services.trace.ask import EVERY
from graphfraud.services.trace.build import bounds_of, certificate, cuts_of, hops_of, totals_of
from graphfraud.settings import Settings
from graphfraud.trace import Rule


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
    start: Literal["account"]
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


def answer(store: Readable, settings: Settings, request: TraceRequest, max_degree: int) -> LiveTraceAnswer:
    """Trace an account's money in a store now. Raises UnknownId, UsageError for what a live trace refuses."""
    if request.account_id is None:
        raise UsageError(f"--live traces what came into an account; a {request.kind} is traced in a published run")
    if request.rule == EVERY:
        raise UsageError("--live traces under one rule at a time; --rule all is for a published run")
    account, bounds, rule = request.account_id, request.limits.bounds, Rule(request.rule)
    asked = Asked(rule, request.way, bounds, account, request.since, request.until, max_degree=max_degree)
    if request.txn_id is not None:
        asked = Asked(rule, request.way, bounds, origins=[[(account, request.txn_id)]], max_degree=max_degree)
    found = live.trace(store, settings, asked)
    trace = found.trace
    return LiveTraceAnswer(
        as_of=found.as_of,
        start="account",
        start_id=account,
        direction=request.way,
        rule=str(rule),
        total=trace.coverage.start,
        limits=bounds_of(request),
        hops=hops_of(trace, found.places),
        ends=totals_of(trace),
        cut=cuts_of(trace),
        coverage=certificate(trace.coverage),
        fetched=found.accounts,
        busy=[LiveBusy(name, payments) for name, payments in found.busy.items()],
    )
