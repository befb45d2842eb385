"""Compose what a run publishes about accounts: scores, explanations, victims and alerts.

Rings, risk and indicators know nothing of one another; here their answers meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from graphfraud import models, trace
from graphfraud import risk as walking
from graphfraud.core.findings import FINDINGS, MILLION
from graphfraud.core.previous import Previous
from graphfraud.core.snapshot import I8, I32, I64, UNKNOWN, Accounts, Snapshot
from graphfraud.indicators import everything, money_indicators, own
from graphfraud.indicators.definition import LAYERS
from graphfraud.models.corroboration import Arrived
from graphfraud.models.judging import judge
from graphfraud.models.ties import NO_RING, Ties, codes
from graphfraud.nightly.findings import alerts, evidence, opinions
from graphfraud.nightly.findings.holders import holder_accounts
from graphfraud.nightly.findings.lines import Sources
from graphfraud.nightly.findings.victims import victim_tables
from graphfraud.risk import Risk
from graphfraud.settings import Settings

Tables = Mapping[str, pa.Table]
NO_LAYER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Scored:
    """Scores and levels, one entry per account."""

    score: I64
    referral: I64  # + behaviour = score
    level: I8
    points: I64
    unexempted: I8  # level it would have if it were not exempt


def compose(
    snapshot: Snapshot, settings: Settings, previous: Previous | None, risk: Risk, tables: Tables
) -> dict[str, pa.Table]:
    """Every findings table about accounts: scores, their explanation, layers, victims, holders, alerts, indicator hits.

    `tables` holds the ring and indicator tables, and `layers` where an earlier stage made them. Hits come back with the
    points that the scorecard gives them, so that they sum to the points of the account. O(flows + accounts + evidence
    of the accounts that alert).
    """
    hits = scored_hits(snapshot, tables["indicator_hits"], settings)
    known = dict(tables) | {"indicator_hits": hits}
    scored, ties = score(snapshot, settings, risk, known)
    layers = tables["layers"] if "layers" in tables else trace.layers(snapshot, settings)
    scores = _scores(snapshot, risk, scored, (ties, layers, known["ring_summary"], tables))
    before = alerts.open_alerts(previous.findings["alerts"] if previous else None)
    alerting = _alerting(snapshot, ties, scored.level, before)
    explained = walking.explain(snapshot, settings, _explained(scored, alerting, settings), risk)
    sources = _sources(snapshot, settings, (ties, scored.unexempted), known | explained, alerting)
    context = (settings.levels.victim_days, known["ring_summary"]["ring_id"].combine_chunks())
    found = {
        "scores": scores,
        "layers": layers,
        "holder_accounts": holder_accounts(snapshot, ties.referred),
        "indicator_hits": hits,
    }
    found |= victim_tables(snapshot, ties, scored.level, context)
    return found | explained | alert_tables(sources, scores, alerting, before)


def scored_hits(snapshot: Snapshot, hits: pa.Table, settings: Settings) -> pa.Table:
    """Indicator hits with what each adds to its account's points: its weight in the scorecard, capped per layer."""
    layer = {i.id: LAYERS.index(i.layer) for i in everything(settings)}
    worth = {name: hundredths * MILLION // 10_000 for name, hundredths in models.weights().points.items()}
    worth |= {i.id: worth[i.like] for i in own(settings)}
    names = hits["indicator_id"].to_pylist()
    points = models.contributions(
        codes(snapshot, hits["account_id"]),
        np.array([layer[n] for n in names], np.int8),
        np.array([worth[n] for n in names], np.int64),
    )
    return hits.set_column(hits.schema.get_field_index("points_e6"), "points_e6", pa.array(points, pa.int64()))


def score(snapshot: Snapshot, settings: Settings, risk: Risk, tables: Tables) -> tuple[Scored, Ties]:
    """Published scores, levels and points of all accounts, and the ties they rest on."""
    hits = tables["indicator_hits"]
    arrived = Arrived(risk.traced.arrived, risk.lineage)
    walk = opinions.blended(snapshot, settings, risk, tables)
    judged = judge(snapshot, settings, walk, arrived, (tables, money_indicators(settings)))
    referral = np.minimum(np.rint(judged.score * risk.referral_share).astype(np.int64), judged.score)
    points = models.totals(len(judged.score), codes(snapshot, hits["account_id"]), hits["points_e6"].to_numpy())
    return Scored(judged.score, referral, judged.level, points, judged.unexempted), judged.ties


def _scores(
    snapshot: Snapshot, risk: Risk, scored: Scored, context: tuple[Ties, pa.Table, pa.Table, Tables]
) -> pa.Table:
    """Table `scores`, in account order, which is the order of its key."""
    ties, layers, rings, _ = context
    layer = np.full(len(scored.score), NO_LAYER, np.int64)
    np.minimum.at(layer, codes(snapshot, layers["account_id"]), layers["layer"].to_numpy())
    ring_ids = rings["ring_id"].combine_chunks()
    columns = {
        "account_id": snapshot.accounts.id.arrow().cast(pa.string()),
        "score_e6": scored.score,
        "referral_share_e6": scored.referral,
        "behaviour_share_e6": scored.score - scored.referral,
        "level": pa.array(scored.level.astype(np.int64), mask=scored.level == models.NO_LEVEL),
        "layer": pa.array(layer, mask=layer == NO_LAYER),
        "ring_id": ring_ids.take(pa.array(ties.ring, mask=ties.ring == NO_RING)),
        "referred": pa.array(ties.referred),
        "behaviour_e6": np.rint(risk.behaviour * MILLION).astype(np.int64),
        "lineage_e6": np.rint(risk.lineage * MILLION).astype(np.int64),
        "points_e6": scored.points,
        "exempt_class": exempt_classes(snapshot.accounts),
    }
    columns |= opinions.columns(snapshot, risk.walk, scored.points, context[3])
    return pa.table(columns, schema=FINDINGS["scores"].schema)


def exempt_classes(accounts: Accounts) -> pa.Array:
    """The bank's class of every exempt account, null for the others."""
    names = pa.array(list(accounts.exempts), pa.string())
    return names.take(pa.array(accounts.exempt, pa.int32(), mask=accounts.exempt == UNKNOWN))


def _alerting(snapshot: Snapshot, ties: Ties, level: I8, before: Mapping[str, alerts.Row]) -> I32:
    """Accounts with a row in `alerts`: unreferred ones with a level, and referred ones whose alert was open before."""
    found = set(np.flatnonzero((level != models.NO_LEVEL) & ~ties.referred).tolist())
    for account_id in before:
        account = snapshot.accounts.id.find(account_id)
        if account >= 0 and ties.referred[account]:
            found.add(account)
    return np.array(sorted(found), np.int32)


def _explained(scored: Scored, alerting: I32, settings: Settings) -> I32:
    """The accounts whose shares are broken down: the most urgent, up to [levels] explain_max."""
    order = np.lexsort((alerting, -scored.score[alerting], scored.level[alerting]))
    return np.sort(alerting[order[: settings.levels.explain_max]])


def _sources(snapshot: Snapshot, settings: Settings, judged: tuple[Ties, I8], tables: Tables, alerting: I32) -> Sources:
    ties, unexempted = judged
    accounts = pa.array([snapshot.accounts.id[int(v)] for v in alerting], pa.string())
    shares, lineage, hits = (
        evidence.by_account(tables[name], accounts) for name in ("shares", "lineage", "indicator_hits")
    )
    known = {i.id: i for i in everything(settings)}
    rings = tables["ring_summary"].to_pylist()
    return Sources(snapshot, settings, ties, rings, shares, lineage, hits, unexempted, known)


def alert_tables(
    sources: Sources, scores: pa.Table, alerting: I32, before: Mapping[str, alerts.Row]
) -> dict[str, pa.Table]:
    """Tables `alerts` and `alert_reasons`. Python per alert only."""
    found = {
        row["account_id"]: (row, evidence.lines(sources, int(v), row))
        for v, row in zip(alerting, scores.take(pa.array(alerting)).to_pylist(), strict=True)
    }
    candidates = [evidence.candidate(row, lines) for row, lines in found.values()]
    clock = alerts.Clock(sources.snapshot.as_of, sources.settings.levels.due_hours)
    rows = alerts.carry(candidates, before, clock)
    reasons: list[dict[str, Any]] = []
    for row in rows:
        lines = found[row["account_id"]][1] if row["closed_at"] is None else [evidence.closed(row)]
        reasons += evidence.reason_rows(row["alert_id"], lines)
    tables = {"alerts": rows, "alert_reasons": reasons}
    return {n: FINDINGS[n].sorted(pa.Table.from_pylist(r, schema=FINDINGS[n].schema)) for n, r in tables.items()}
