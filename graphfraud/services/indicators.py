"""Indicators: which there are, with which thresholds they ran, what they hit, and how many of these the police know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pyarrow.compute as pc
from pydantic import Field

from graphfraud import indicators as defined
from graphfraud.core.runs import PublishedRun
from graphfraud.models import weights
from graphfraud.services.answers import Answer, Share, stamp
from graphfraud.settings import Settings


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator in one run."""

    indicator_id: str
    version: int
    own: Annotated[bool, Field(description="the bank's own (docs/own-indicators.md); else it comes with the package")]
    layer: str
    family: str
    name_zh: str
    name_en: str
    thresholds: Annotated[dict[str, int], Field(description="that held, in the units of the indicator's file")]
    points: Annotated[Share, Field(description="what one hit is worth, before the cap of its layer")]
    computable: bool
    missing: Annotated[str, Field(description="what the data lacks for it, or what was left out")]
    hits: Annotated[int, Field(description="accounts that are hit")]
    referred: Annotated[int, Field(description="of these, referred accounts")]
    referred_share: Annotated[Share | None, Field(description="of the hits; null: none")]


@dataclass(frozen=True)
class IndicatorsAnswer(Answer):
    """Every indicator of a run, in order of id. The share of referred accounts among all is the measure of theirs."""

    accounts: int
    referred_accounts: int
    indicators: list[IndicatorRow]


def indicators(run: PublishedRun, own: bool = False) -> IndicatorsAnswer:
    """The indicators of a run, or only the bank's own. O(hits)."""
    settings = Settings.model_validate(run.manifest.get("settings", {}))
    scores, hits = run.findings("scores"), run.findings("indicator_hits")
    referred = scores["account_id"].filter(scores["referred"])
    counts = _counts(hits["indicator_id"])
    known = _counts(hits["indicator_id"].filter(pc.is_in(hits["account_id"], value_set=referred.combine_chunks())))
    status = {row["indicator_id"]: row for row in run.findings("indicator_status").to_pylist()}
    chosen = defined.own(settings) if own else defined.everything(settings)
    rows = [_row(i, settings, status.get(i.id, {}), (counts.get(i.id, 0), known.get(i.id, 0))) for i in chosen]
    return IndicatorsAnswer(**stamp(run), accounts=len(scores), referred_accounts=len(referred), indicators=rows)


def _counts(column: object) -> dict[str, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}


def _row(
    indicator: defined.Indicator, settings: Settings, status: dict[str, object], hits: tuple[int, int]
) -> IndicatorRow:
    count, known = hits
    return IndicatorRow(
        indicator.id,
        indicator.version,
        bool(indicator.like),
        indicator.layer,
        indicator.family,
        indicator.name_zh,
        indicator.name_en,
        indicator.values(settings.indicators.get(indicator.id, {})),
        weights().points[indicator.like or indicator.id] * 100,
        bool(status.get("computable", False)),
        str(status.get("missing") or ""),
        count,
        known,
        known * 1_000_000 // count if count else None,
    )
