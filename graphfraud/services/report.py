"""Report: what a night found, for a person to read in five minutes. Put together from one published run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pyarrow.compute as pc
from pydantic import Field

from graphfraud.core.runs import PublishedRun
from graphfraud.core.schemas import TABLES
from graphfraud.core.snapshot import Snapshot
from graphfraud.services.answers import Answer, Micros, stamp
from graphfraud.services.ring import Ring
from graphfraud.services.ring import ring as read_ring
from graphfraud.services.risk import RiskAnswer, risk
from graphfraud.services.trace import TraceAnswer, TraceLimits, TraceRequest, trace
from graphfraud.services.victims import NextVictim, PossibleVictim, next_victims, victims

RINGS, RISKIEST, VICTIMS, NEXT = 8, 5, 8, 4
CHAIN_DEPTH, CHAIN_HOPS, LINEAGE_DRAWN = 8, 16, 5


@dataclass(frozen=True)
class FeedRow:
    """One feed: what came, and how far it reaches."""

    feed: str
    rows: int
    first_time: Micros | None = None
    last_time: Micros | None = None
    last_day_rows: Annotated[int | None, Field(description="rows of the last complete day")] = None
    median_day_rows: float | None = None


@dataclass(frozen=True)
class Quarantined:
    """Rows that could not be used; `graphfraud quarantine list` shows them with their reasons."""

    rows: int
    received: int


@dataclass(frozen=True)
class MissingIndicator:
    """An indicator that could not be computed, and the columns no feed has."""

    indicator_id: str
    missing: str


@dataclass(frozen=True)
class ReportAnswer(Answer):
    """The nightly report."""

    live: Annotated[bool, Field(description="this run is what reads use by default")]
    findings_hash: str
    predecessor: str | None
    accounts: int
    referred: int
    feeds: list[FeedRow]
    quarantined: Quarantined
    rings_total: int
    leads_total: int
    rings: Annotated[list[Ring], Field(description="the rings with most unreferred members first")]
    alerts: Annotated[dict[str, int], Field(description="open alerts by level")]
    riskiest: Annotated[list[RiskAnswer], Field(description="unreferred accounts by score")]
    chain: Annotated[TraceAnswer | None, Field(description="one payment into the riskiest account, traced up")]
    victims_total: Annotated[int, Field(description="payments to referred accounts and rings")]
    victims: Annotated[list[PossibleVictim], Field(description="the first to call")]
    victim_payers: Annotated[dict[str, int], Field(description="payers who have not reported, by grade")]
    next_total: Annotated[int, Field(description="payers of rings at work in the last 72 h, who may pay next")]
    next_victims: Annotated[list[NextVictim], Field(description="the first of them to call")]
    not_computable: list[MissingIndicator]
    next_steps: list[str]


def report(run: PublishedRun, live: bool) -> ReportAnswer:
    """The report of a published run. O(accounts) for the ranking."""
    raw = run.manifest
    summary = run.findings("ring_summary")
    top = [risk(run, run.snapshot.accounts.id[n]) for n in riskiest(run, RISKIEST)]
    rings = [found for r in _largest_rings(run) if (found := read_ring(run, r).ring) is not None]
    paid, following = victims(run, VICTIMS), next_victims(run, NEXT)
    referred = int(np.count_nonzero(run.index.referred))
    return ReportAnswer(
        **stamp(run),
        live=live,
        findings_hash=str(raw["findings_hash"]),
        predecessor=(raw.get("predecessor") or {}).get("run_id"),
        accounts=len(run.snapshot.accounts),
        referred=referred,
        feeds=_feeds(raw),
        quarantined=_quarantined(raw),
        rings_total=pc.sum(pc.equal(summary["kind"], "ring")).as_py() or 0,
        leads_total=pc.sum(pc.equal(summary["kind"], "lead")).as_py() or 0,
        rings=rings,
        alerts=_alerts(run),
        riskiest=top,
        chain=_chain(run, top),
        victims_total=run.findings("victims").num_rows,
        victims=paid.shown,
        victim_payers=paid.payers,
        next_total=len(following.shown) + following.left_out,
        next_victims=following.shown,
        not_computable=_not_computable(run),
        next_steps=_next_steps(top, rings, raw, referred > 0),
    )


def riskiest(run: PublishedRun, count: int) -> list[int]:
    """Accounts nobody has referred, highest score first, then by account number. O(accounts)."""
    score = np.where(run.index.referred, -1, run.index.score_e6)
    order = np.lexsort((np.arange(len(score)), -score))[:count]
    return [int(n) for n in order if score[n] > 0]


def _feeds(raw: dict[str, Any]) -> list[FeedRow]:
    """Tables in their own order; the feeds among them with their cut-offs."""
    feeds = [
        FeedRow(name, f["rows"], f["first_time"], f["last_time"], f["last_day_rows"], f["median_day_rows"])
        for name, f in raw.get("feeds", {}).items()
    ]
    known = {f.feed: f for f in feeds}
    other = {n: FeedRow(n, rows) for n, rows in _inputs(raw) if n not in known and rows}
    return [row for name in TABLES if (row := known.get(name) or other.get(name)) is not None]


def _inputs(raw: dict[str, Any]) -> list[tuple[str, int]]:
    return [(n, v["rows"] if isinstance(v, dict) else int(v)) for n, v in sorted(raw.get("inputs", {}).items())]


def _quarantined(raw: dict[str, Any]) -> Quarantined:
    found = raw.get("quarantine", {})
    return Quarantined(found.get("quarantined", 0), found.get("received", 0))


def _largest_rings(run: PublishedRun) -> list[str]:
    """Rings that hold a referred account, most unreferred members first: there is most to find in them."""
    rows = [r for r in run.findings("ring_summary").to_pylist() if r["kind"] == "ring"]
    rows.sort(key=lambda r: (r["referred_members"] - r["members"], r["ring_id"]))
    return [r["ring_id"] for r in rows[:RINGS]]


def _alerts(run: PublishedRun) -> dict[str, int]:
    table = run.findings("alerts")
    levels = table.filter(pc.is_null(table["closed_at"]))["level"].to_pylist()
    return {str(level): count for level, count in sorted(Counter(levels).items())}


def _chain(run: PublishedRun, top: list[RiskAnswer]) -> TraceAnswer | None:
    """One payment followed up: the last hop of the longest lineage that can still be drawn, else the first largest."""
    drawn = [a for a in top if len(a.lineage) <= LINEAGE_DRAWN]
    for account in sorted(drawn, key=lambda a: -len(a.lineage)) or top:
        payment = _told_payment(run.snapshot, account)
        if payment is not None:
            limits = TraceLimits(depth=CHAIN_DEPTH, max_hops=CHAIN_HOPS)
            return trace(run, TraceRequest(account.account_id, payment, direction="up", limits=limits))
    return None


def _told_payment(snapshot: Snapshot, account: RiskAnswer) -> str | None:
    if account.lineage and account.lineage[-1].to_account == account.account_id and account.lineage[-1].txn_id:
        return account.lineage[-1].txn_id
    number = snapshot.code(account.account_id)
    mine = snapshot.flows_of(number)
    came = mine[snapshot.flows.payee[mine] == number]
    return snapshot.flows.txn[int(came[np.argmax(snapshot.flows.amount[came])])] if len(came) else None


def _not_computable(run: PublishedRun) -> list[MissingIndicator]:
    rows = run.findings("indicator_status").to_pylist()
    return [MissingIndicator(r["indicator_id"], r["missing"] or "") for r in rows if not r["computable"]]


def _next_steps(top: list[RiskAnswer], rings: list[Ring], raw: dict[str, Any], referred: bool) -> list[str]:
    """Commands that go on from here."""
    steps = [] if referred else ["graphfraud refer ACCOUNT --case NO --authority NAME"]
    if top:
        account = top[0].account_id
        steps += [f"graphfraud risk {account}", f"graphfraud trace {account} --direction down"]
    if rings:
        steps.append(f"graphfraud ring {rings[0].ring_id}")
    if _quarantined(raw).rows:
        steps.append("graphfraud quarantine list")
    return [*steps, "graphfraud export alerts --out alerts.csv", "graphfraud victims", "graphfraud victims --next"]
