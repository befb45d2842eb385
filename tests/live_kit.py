"""A live trace beside the trace of a snapshot of the same facts: the same hops, steps, stops and certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphfraud.core.snapshot import Snapshot
from graphfraud.services import live
from graphfraud.services.live import Asked, Live
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
