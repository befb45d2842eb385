"""Risk: the score of an account, where it comes from, and the alert that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graphfraud.core.runs import PublishedRun
from graphfraud.services.account import AccountAnswer, AccountFacts, Totals
from graphfraud.services.answers import Answer, Micros, Minor, Share, Span, stamp
from graphfraud.services.counterfactual import WhatIf
from graphfraud.services.standing import standing
from graphfraud.services.tables import Row, rows_where
from graphfraud.settings import ModelSettings


@dataclass(frozen=True)
class Indicator:
    """An indicator that was hit."""

    indicator_id: str
    version: int
    value: Annotated[int, Field(description="in the unit the indicator states (README)")]
    points: Share


@dataclass(frozen=True)
class Reason:
    """One reason of an alert, strongest first."""

    rank: int
    source: str
    source_id: str | None
    points: Share | None
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class Alert:
    """The open alert of an account."""

    alert_id: str
    level: int
    opened_at: Micros
    due_at: Micros | None
    status: str
    reason_zh: str | None
    reason_en: str | None
    reasons: list[Reason]


@dataclass(frozen=True)
class SeedShare:
    """How much of the walk's score comes from one referred account; an empty id is the remainder."""

    referral_account: str
    share: Share


@dataclass(frozen=True)
class LineageHop:
    """A hop of the money's way from a referred account to this one (LIFO)."""

    hop: int
    from_account: str
    to_account: str
    txn_id: str | None
    time: Micros
    amount: Minor
    carried: Annotated[Minor, Field(description="the part of the payment that is on this way")]
    dwell: Annotated[Span | None, Field(description="how long the money stayed before this hop")]


@dataclass(frozen=True)
class CaseLayer:
    """Layer of the account in one case (contracts.md §4)."""

    case_no: str
    layer: int
    assumed: bool


@dataclass(frozen=True)
class Opinions:
    """What each model says of a person's account: the share of persons it places lower, and the probability."""

    walk: Share
    indicators: Share
    boosted_trees: Share
    isolation_forest: Share
    top_share: Annotated[float, Field(description="a model speaks for an account among this share of persons")]
    probability: Annotated[Share | None, Field(description="of belonging to a ring; null where it cannot be said")]
    support: Annotated[int | None, Field(description="left-out referred accounts the probability rests on")]


@dataclass(frozen=True)
class RiskAnswer(Answer):
    """Everything a run says about the risk of one account."""

    account_id: str
    score: Share
    referral_share: Annotated[Share, Field(description="part of the score that comes from referred accounts")]
    behaviour_share: Annotated[Share, Field(description="part that comes from its own behaviour")]
    behaviour: Annotated[Share, Field(description="behaviour scorecard")]
    lineage_share: Annotated[Share, Field(description="share of its inflow that descends from referred accounts")]
    level: Annotated[int | None, Field(description="1 is the most urgent; null: no alert")]
    layer: int | None
    ring_id: str | None
    referred: bool
    exempt_class: Annotated[str | None, Field(description="the bank's class of exempt accounts: level 3 at most")]
    alert: Alert | None
    indicators: list[Indicator]
    seeds: Annotated[list[SeedShare], Field(description="referred accounts by their share, largest first")]
    lineage: list[LineageHop]
    cases: list[CaseLayer]
    holder_of: Annotated[list[str], Field(description="referred accounts of the same holder, apart from the score")]
    consistency_ratio: Annotated[
        float | None, Field(description="of the comparisons the indicators' points come from (AHP): below 0.10")
    ]
    opinions: Annotated[Opinions | None, Field(description="what each model says; null: the run had no models")]
    what_if: Annotated[
        WhatIf | None, Field(description="the fewest facts without which its level would be lower; null: not asked for")
    ]


def risk(run: PublishedRun, account_id: str, found: WhatIf | None = None) -> RiskAnswer:
    """Score, evidence and alert of an account, with its counterfactual where it was asked for. Raises UnknownId."""
    number = run.snapshot.code(account_id)
    who = standing(run, number)
    scores = run.findings("scores")
    lineage_e6 = scores["lineage_e6"][number].as_py()
    return RiskAnswer(
        **stamp(run),
        account_id=account_id,
        score=who.score,
        referral_share=who.referral_share,
        behaviour_share=who.behaviour_share,
        behaviour=who.behaviour,
        lineage_share=lineage_e6 or 0,
        level=who.level,
        layer=who.layer,
        ring_id=who.ring_id,
        referred=who.referred,
        exempt_class=scores["exempt_class"][number].as_py(),
        alert=_alert(run, account_id),
        indicators=_indicators(run, account_id),
        seeds=_seeds(run, account_id),
        lineage=[_hop(row) for row in rows_where(run.findings("lineage"), "account_id", account_id)],
        cases=[
            CaseLayer(r["case_no"], r["layer"], r["assumed"])
            for r in rows_where(run.findings("layers"), "account_id", account_id)
        ],
        holder_of=[
            r["referred_account"] for r in rows_where(run.findings("holder_accounts"), "account_id", account_id)
        ],
        consistency_ratio=run.manifest.get("scorecard", {}).get("consistency_ratio"),
        opinions=_opinions(run, number),
        what_if=found,
    )


@dataclass(frozen=True)
class RiskSheet(RiskAnswer):
    """The risk of an account with the facts the bank has on it."""

    masked: Annotated[bool, Field(description="names, id_no, phone, address and foreign card_no are masked")]
    facts: AccountFacts
    totals: Totals


def risk_sheet(run: PublishedRun, account: AccountAnswer, what_if: WhatIf | None = None) -> RiskSheet:
    """Risk beside facts. Raises UnknownId."""
    found = risk(run, account.account_id, what_if)
    own = {name: getattr(found, name) for name in RiskAnswer.__dataclass_fields__}
    return RiskSheet(**own, masked=account.masked, facts=account.facts, totals=account.totals)


def _opinions(run: PublishedRun, number: int) -> Opinions | None:
    """Ranks of an account by every model; none of an account that is no person's."""
    names = ("walk", "indicators", "learned", "unusual")
    scores = run.findings("scores")
    ranks = [scores[f"{name}_rank_e6"][number].as_py() for name in names]
    if None in ranks:
        return None
    probability, support = (scores[name][number].as_py() for name in ("probability_e6", "probability_support"))
    top = run.manifest.get("settings", {}).get("models", {}).get("top_share", ModelSettings().top_share)
    walk, points, learned, unusual = ranks
    return Opinions(walk, points, learned, unusual, top, probability, support)


def _alert(run: PublishedRun, account_id: str) -> Alert | None:
    """The open alert, else none: closed ones are history."""
    rows = [r for r in rows_where(run.findings("alerts"), "account_id", account_id) if r["closed_at"] is None]
    if not rows:
        return None
    row = rows[0]
    return Alert(
        row["alert_id"],
        row["level"],
        row["opened_at"],
        row["due_at"],
        row["status"],
        row["reason_zh"],
        row["reason_en"],
        reasons(run, row["alert_id"]),
    )


def reasons(run: PublishedRun, alert_id: str) -> list[Reason]:
    """The reasons of an alert in order of rank."""
    return [
        Reason(r["rank"], r["source"], r["source_id"], r["points_e6"], r["reason_zh"], r["reason_en"])
        for r in rows_where(run.findings("alert_reasons"), "alert_id", alert_id)
    ]


def _indicators(run: PublishedRun, account_id: str) -> list[Indicator]:
    rows = rows_where(run.findings("indicator_hits"), "account_id", account_id)
    hits = [Indicator(r["indicator_id"], r["version"], r["value"], r["points_e6"] or 0) for r in rows]
    return sorted(hits, key=lambda h: (-h.points, h.indicator_id))


def _seeds(run: PublishedRun, account_id: str) -> list[SeedShare]:
    rows = rows_where(run.findings("shares"), "account_id", account_id)
    shares = [SeedShare(r["referral_account"], r["share_e6"]) for r in rows]
    return sorted(shares, key=lambda s: (s.referral_account == "", -s.share, s.referral_account))


def _hop(row: Row) -> LineageHop:
    return LineageHop(
        row["hop"],
        row["from_account"],
        row["to_account"],
        row["txn_id"],
        row["time"],
        row["amount"],
        row["carried"],
        row["dwell"],
    )
