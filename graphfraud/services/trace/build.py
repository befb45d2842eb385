"""From traces to the answer: numbers become account numbers, serials, names and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import CASH_DESK, I32, I64, CashPlaces, Referrals
from graphfraud.services.answers import stamp
from graphfraud.services.hypotheses import cash_hypotheses
from graphfraud.services.lens import Lens
from graphfraud.services.standing import standing
from graphfraud.services.tables import fact_column
from graphfraud.services.trace.answer import (
    TraceAccount,
    TraceAnswer,
    TraceBounds,
    TraceCoverage,
    TraceCut,
    TraceEnd,
    TraceEnvelope,
    TraceHop,
    TraceParent,
    TraceRange,
    TraceRuleCoverage,
    TraceStart,
    TraceTotal,
)
from graphfraud.services.trace.ask import TraceRequest
from graphfraud.services.trace.notes import notes
from graphfraud.services.trace.start import Followed
from graphfraud.trace import Book, Coverage, End, Range, Trace
from graphfraud.trace.balances import balances
from graphfraud.trace.book import GOES_ON
from graphfraud.trace.envelope import ALL
from graphfraud.trace.result import Hop
from graphfraud.trace.rules import CUTS, END_CODE, ENDS


def answer(run: PublishedRun, done: Followed, lens: Lens) -> TraceAnswer:
    """The answer of traces in a run. O(hops + flows of the accounts reached)."""
    trace, request = done.trace, done.request
    return TraceAnswer(
        **stamp(run),
        start=request.kind,
        start_id=request.named,
        account_id=request.account_id,
        direction=request.way,
        rule=request.shown,
        masked=lens.masked,
        total=trace.coverage.start,
        limits=bounds_of(request),
        starts=starts_in(done),
        hops=hops_of(trace, run.snapshot.cash),
        accounts=_accounts(run, done, lens),
        ends=totals_of(trace),
        cut=cuts_of(trace),
        coverage=certificate(trace.coverage),
        envelope=envelope_of(done),
        notes=notes(run.snapshot.meta.date_only, done),
        hypotheses=cash_hypotheses(done.book, trace, run.snapshot.cash),
    )


def bounds_of(request: TraceRequest) -> TraceBounds:
    limits = request.limits.bounds
    return TraceBounds(limits.depth, limits.window, limits.floor, limits.breadth, limits.horizon)


def certificate(coverage: Coverage) -> TraceCoverage:
    """The parts of a certificate and their sum."""
    parts = {f.name: getattr(coverage, f.name) for f in fields(coverage)}
    return TraceCoverage(**parts, sum=sum(parts.values()) - parts["start"])


def _id(book: Book, account: int) -> str | None:
    return None if account == CASH_DESK else book.accounts.id[account]


# -- starts ---------------------------------------------------------------------------------------------------------


def starts_in(done: Followed) -> list[TraceStart]:
    """Every origin with what is left of it."""
    trace, starts = done.trace, done.starts
    held, returned = _per_origin(trace, END_CODE[End.HELD]), done.returned
    reported = _reports(done.referrals, starts.flow)
    made = []
    for number in range(len(starts)):
        flow = starts.flow[starts.ptr[number] : starts.ptr[number + 1]].tolist()
        names = [r for f in flow for r in reported.get(f, [])]
        amount = int(trace.started[number])
        left = int(held[number]), returned.get(number, 0)
        made.append(_start(done.book, (number, amount), flow, names, left))
    return made


def _start(
    book: Book, start: tuple[int, int], flow: list[int], referrals: list[str], left: tuple[int, int]
) -> TraceStart:
    flows = book.flows
    payees = {int(flows.payee[f]) for f in flow}
    return TraceStart(
        *start,
        payments=len(flow),
        txn_id=flows.txn[flow[0]] if len(flow) == 1 else None,
        time=int(flows.time[min(flow)]) if flow else None,
        payer=_id(book, int(flows.payer[flow[0]])) if len(flow) == 1 else None,
        payee=_id(book, payees.pop()) if len(payees) == 1 else None,
        referrals=referrals,
        held=left[0],
        returned=left[1],
    )


def _per_origin(trace: Trace, end: int) -> I64:
    amounts = np.zeros(len(trace.started), np.int64)
    rows = trace.stops.end == end
    np.add.at(amounts, trace.stops.origin[rows], trace.stops.amount[rows])
    return amounts


def _reports(referrals: Referrals, flow: I32) -> dict[int, list[str]]:
    """Referrals per victim's payment. O(referrals)."""
    found: dict[int, list[str]] = {}
    for row in np.flatnonzero(np.isin(referrals.victim_flow, flow)).tolist():
        found.setdefault(int(referrals.victim_flow[row]), []).append(referrals.id[row])
    return found


# -- hops -----------------------------------------------------------------------------------------------------------


def hops_of(trace: Trace, cash: CashPlaces) -> list[TraceHop]:
    """Every hop, in the order in which the rule makes them."""
    book, way = trace.book, trace.direction
    flows, used = book.flows, np.unique(trace.hops.flow)
    ends = np.unique(np.concatenate([flows.payer[used], flows.payee[used]]))
    ends = ends[ends != CASH_DESK]
    names: dict[int, str | None] = dict(zip(ends.tolist(), book.accounts.id.take(ends), strict=True))
    names[CASH_DESK] = None
    serials = dict(zip(used.tolist(), flows.txn.take(used), strict=True))
    channels, outside = (
        list(flows.channels),
        {a: book.accounts.bank_of(a) for a in ends[book.accounts.outside[ends]].tolist()},
    )
    code = dict(zip(used.tolist(), flows.channel[used].tolist(), strict=True))
    made = []
    for h in trace.all_hops():
        far, channel = h.payer if way == "up" else h.payee, code[h.flow]
        terminal = cash.of(h.flow)[0] if CASH_DESK in (h.payer, h.payee) else ""
        made.append(
            TraceHop(
                h.number, h.origin, [TraceParent(*p) for p in h.parents], h.depth, names[h.payer], names[h.payee],
                outside.get(far) or None, serials[h.flow], h.time, h.amount, h.carried, _dwell(h),
                channels[channel] if channel >= 0 else None, terminal or None, _ends(h.ends),
            )
        )  # fmt: skip
    return made


def _dwell(hop: Hop) -> int | None:
    return hop.dwell if hop.parents else None


def _ends(amounts: Mapping[End, int]) -> list[TraceEnd]:
    """Largest first, then by name."""
    ranked = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return [TraceEnd(str(end), amount) for end, amount in ranked]


# -- accounts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """What a trace says of an account that the money reached; `known`: balance, and what was paid beyond it."""

    account: int
    account_id: str
    bank: str | None
    outside: bool
    layer: int
    received: int
    held: int
    known: tuple[int | None, int | None]
    ends: list[TraceEnd]


def accounts_of(done: Followed) -> list[Figures]:
    """Accounts that the money reached, by layer, then most received."""
    trace, book = done.trace, done.book
    layers = trace.layers()
    received = _by_account(trace.through())
    stopped = _stopped(trace)
    order = sorted(layers, key=lambda a: (layers[a], -received[a], a))
    known = _known(book, order)
    made = []
    for account in order:
        ends = stopped.get(account, {})
        made.append(
            Figures(
                account, book.accounts.id[account], book.accounts.bank_of(account) or None,
                bool(book.accounts.outside[account]), layers[account], received[account], ends.get(End.HELD, 0),
                known.get(account, (None, None)), _ends(ends),
            )
        )  # fmt: skip
    return made


def _accounts(run: PublishedRun, done: Followed, lens: Lens) -> list[TraceAccount]:
    """The same with what the run says of them."""
    found = accounts_of(done)
    names = fact_column(run, "accounts", "holder_name", [f.account for f in found])
    made = []
    for f, name in zip(found, names, strict=True):
        who = standing(run, f.account)
        shown = lens.row({"account_id": who.account_id, "holder_name": name})["holder_name"]
        made.append(
            TraceAccount(
                who.account_id, shown, f.bank, f.outside, f.layer, f.received, f.held, *f.known, f.ends,
                who.referred, who.score, who.level, who.ring_id,
            )
        )  # fmt: skip
    return made


def _known(book: Book, accounts: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Balance, and what was paid beyond it, of the accounts that money goes on from; of the others we do not have every
    payment, or far too many of them."""
    asked = np.array([a for a in accounts if book.stop[a] == GOES_ON], np.int32)
    found = balances(book, asked)
    pairs = zip(found.amount.tolist(), found.unexplained.tolist(), strict=True)
    return dict(zip(asked.tolist(), pairs, strict=True))


def _by_account(amounts: Mapping[tuple[int, int], int]) -> dict[int, int]:
    total: dict[int, int] = {}
    for (_, account), amount in amounts.items():
        total[account] = total.get(account, 0) + amount
    return total


def _stopped(trace: Trace) -> dict[int, dict[End, int]]:
    """Amount per account and end. O(stops)."""
    rows = np.flatnonzero(trace.stops.hop >= 0)
    account = trace.accounts_of(trace.stops.hop[rows])
    found: dict[int, dict[End, int]] = {}
    for a, e, x in zip(
        account.tolist(), trace.stops.end[rows].tolist(), trace.stops.amount[rows].tolist(), strict=True
    ):
        mine = found.setdefault(a, {})
        mine[ENDS[e]] = mine.get(ENDS[e], 0) + x
    return found


# -- totals ---------------------------------------------------------------------------------------------------------


def totals_of(trace: Trace) -> list[TraceTotal]:
    """Amount and hops per end, largest first."""
    hops = len(trace.hops.flow) + 1
    pairs = np.unique(trace.stops.end.astype(np.int64) * hops + trace.stops.hop + 1)
    counts = np.bincount(pairs // hops, minlength=len(ENDS))
    ranked = sorted(trace.totals.items(), key=lambda item: (-item[1], item[0]))
    return [TraceTotal(str(end), amount, int(counts[END_CODE[end]])) for end, amount in ranked]


def cuts_of(trace: Trace) -> list[TraceCut]:
    amounts, payments = trace.totals, trace.cut
    cut = sorted(end for end in (*CUTS, End.BEYOND) if end in amounts)
    return [TraceCut(str(end), amounts[end], payments.get(end, 0)) for end in cut]


def envelope_of(done: Followed) -> TraceEnvelope | None:
    """The range over the rules, where all were asked."""
    spans = done.envelope
    if spans is None:
        return None
    return TraceEnvelope(
        spans.measure,
        [TraceRuleCoverage(str(rule), certificate(trace.coverage)) for rule, trace in done.traces.items()],
        [_range(done.book, r) for r in spans.accounts],
        [_range(done.book, r) for r in spans.victims] if done.request.way == "down" else [],
    )


def _range(book: Book, found: Range) -> TraceRange:
    account = None if found.account == ALL else book.accounts.id[found.account]
    amounts = {str(rule): amount for rule, amount in found.amounts.items()}
    start = None if found.origin == ALL else found.origin
    return TraceRange(account, start, found.low, found.high, amounts, found.decisive)
