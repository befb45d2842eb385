"""A live trace beside the trace of a snapshot of the same facts: the same hops, steps, stops and certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import Snapshot
from graphfraud.services import live
from graphfraud.services.live import Asked, Live
from graphfraud.services.live import answer as answers
from graphfraud.services.trace import TraceRequest
from graphfraud.services.trace import trace as of_run
from graphfraud.services.trace_export import tables
from graphfraud.settings import Settings
from graphfraud.trace import RULES, Book, Limits, Starts, Trace, follow


def plain(trace: Trace) -> dict[str, Any]:
    """A trace without the numbers of its book: payments by serial, accounts by id."""
    flows, name = trace.book.flows, trace.book.accounts.id
    hops = []
    for origin, depth, flow, carried in zip(*(column.tolist() for column in trace.hops), strict=True):
        sides = tuple("" if side[flow] < 0 else name[int(side[flow])] for side in (flows.payer, flows.payee))
        when = (int(flows.time[flow]), int(flows.amount[flow]), flows.channel_of(flow))
        hops.append((origin, depth, flows.txn[flow], *sides, *when, carried))
    rows = {"hops": hops, "started": trace.started.tolist(), "coverage": trace.coverage, "cut": trace.cut}
    return rows | {name: [column.tolist() for column in getattr(trace, name)] for name in ("steps", "stops")}


def origins(snapshot: Snapshot, flows: Sequence[int]) -> list[list[tuple[str, str]]]:
    """Payments as a live trace names them, each an origin."""
    payee = snapshot.flows.payee
    return [[(snapshot.accounts.id[int(payee[f])], snapshot.flows.txn[f])] for f in flows]


def of_snapshot(snapshot: Snapshot, asked: Asked, flows: Sequence[int] = ()) -> Trace:
    """The trace of the snapshot. Raises UsageError."""
    book = Book.of(snapshot)
    if asked.account is None:
        starts = Starts.of(book, [[f] for f in flows])
    else:
        starts = Starts.into(book, book.account(asked.account), asked.since, asked.until)
    return follow(book, starts, asked.rule, asked.limits, asked.direction)


def same(store: Any, settings: Settings, snapshot: Snapshot, asked: Asked, flows: Sequence[int] = ()) -> Live:
    """Trace both ways and compare. Raises what the live trace refuses."""
    found = live.trace(store, settings, asked, snapshot.as_of)
    assert plain(found.trace) == plain(of_snapshot(snapshot, asked, flows))
    return found


def every_rule(store: Any, settings: Settings, snapshot: Snapshot, cases: int) -> int:
    """Compare the cases with most victims under every rule and both ways; hops in all."""
    found: dict[str, list[int]] = {}
    for case, flow in zip(snapshot.referrals.case, snapshot.referrals.victim_flow.tolist(), strict=True):
        mine = found.setdefault(case, [])
        mine += [flow] if flow >= 0 and flow not in mine else []
    some = sorted((flows for flows in found.values() if flows), key=len)[-cases:]
    hops = 0
    for flows in some:
        for rule in RULES:
            for way in ("up", "down"):
                asked = Asked(rule, way, Limits(), origins=origins(snapshot, flows), max_degree=10**6)
                hops += len(same(store, settings, snapshot, asked, flows).trace.hops.flow)
    return hops


#: What an answer of a live trace has in common with that of a run.
SHARED = ("start", "start_id", "direction", "rule", "total", "limits", "hops", "ends", "cut", "coverage", "envelope")


def asked_alike(store: Any, settings: Settings, run: PublishedRun, requests: Sequence[TraceRequest]) -> int:
    """The answers of a live trace and of the run to the same requests, and their tables; hops in all."""
    hops = 0
    for request in requests:
        done = answers.traced(store, settings, request, 10**6)
        ours, theirs = answers.answer(done), of_run(run, request)
        for name in SHARED:
            assert getattr(ours, name) == getattr(theirs, name), (name, request)
        bare = [[replace(s, referrals=[]) for s in a.starts] for a in (ours, theirs)]
        assert bare[0] == bare[1]
        if request.kind in ("case", "referral"):
            assert [set(a.referrals) <= set(b.referrals) for a, b in zip(ours.starts, theirs.starts, strict=True)]
            assert all(s.referrals for s in ours.starts)
        paper = answers.paper(done)
        for made, known in zip(tables.sheets(paper), tables.sheets(theirs), strict=True):
            if made.name in ("hops", "steps", "ends", "certificate", "envelope"):
                assert made.rows == known.rows, (made.name, request)
        known = {a.account_id: a for a in theirs.accounts}
        for a in paper.accounts:
            of = known.pop(a.account_id)
            same_ = ("bank", "outside", "layer", "received", "held", "ends")
            assert [getattr(a, n) for n in same_] == [getattr(of, n) for n in same_]
            assert a.balance is None or (a.balance, a.unexplained) == (of.balance, of.unexplained)
        assert known == {}
        hops += len(ours.hops)
    return hops


def every_start(run: PublishedRun) -> list[TraceRequest]:
    """A request of every kind: cases, referrals, transfers, cash, an account with a window and one of its payments."""
    snapshot, found = run.snapshot, []
    referrals, flows = snapshot.referrals, snapshot.flows
    told = [row for row in range(len(referrals.id)) if referrals.victim_flow[row] >= 0][:2]
    for row in told:
        found += [TraceRequest(case_no=referrals.case[row], rule="all"), TraceRequest(referral_id=referrals.id[row])]
        txn, account = flows.txn[int(referrals.victim_flow[row])], snapshot.accounts.id[int(referrals.account[row])]
        found += [TraceRequest(txn_id=txn, direction=way) for way in ("up", "down")]
        found += [TraceRequest(account, txn, direction="down", rule="fifo"), TraceRequest(account, rule="all")]
    for flow in snapshot.cash.flow[[0, -1]].tolist():
        found += [TraceRequest(txn_id=flows.txn[flow], direction=way) for way in ("up", "down")]
    return found
