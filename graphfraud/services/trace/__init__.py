"""Trace: where money came from (up) or went (down), under one rule or all five, every fen accounted for.

`trace` answers for commands and the API; `followed` gives the traces themselves to what draws or plans with them.
"""

from __future__ import annotations

from graphfraud.core.runs import PublishedRun
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.trace.answer import (
    TraceAccount,
    TraceAnswer,
    TraceCoverage,
    TraceCut,
    TraceEnd,
    TraceEnvelope,
    TraceHop,
    TraceNote,
    TraceParent,
    TraceRange,
    TraceStart,
    TraceTotal,
)
from graphfraud.services.trace.ask import EVERY, MAX_DAYS, MAX_DEPTH, MAX_HOPS, TraceLimits, TraceRequest
from graphfraud.services.trace.build import answer
from graphfraud.services.trace.start import Followed, UnknownPayment, follow_all, followed, starts_of

__all__ = [
    "EVERY",
    "MAX_DAYS",
    "MAX_DEPTH",
    "MAX_HOPS",
    "Followed",
    "TraceAccount",
    "TraceAnswer",
    "TraceCoverage",
    "TraceCut",
    "TraceEnd",
    "TraceEnvelope",
    "TraceHop",
    "TraceLimits",
    "TraceNote",
    "TraceParent",
    "TraceRange",
    "TraceRequest",
    "TraceStart",
    "TraceTotal",
    "UnknownPayment",
    "answer",
    "follow_all",
    "followed",
    "starts_of",
    "trace",
]


def trace(run: PublishedRun, request: TraceRequest, lens: Lens = MASKED) -> TraceAnswer:
    """The trace that a request asks for, in a published run.

    Raises UnknownId for what is not there (a reversed or failed payment says so), UsageError for a case or referral
    without a payment that could be identified.
    """
    return answer(run, followed(run, request), lens)
