"""Nulls: the detector on facts from which what it should work by was taken, and boosting on plain features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import F64
from graphfraud.evaluate import alter, boosting
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.intervals import Intervals, Margin, intervals, margin_bars, margin_grid
from graphfraud.evaluate.panel import export_scores
from graphfraud.evaluate.section import Section
from graphfraud.evaluate.trial import Detect, Trial

SHUFFLED, PERMUTED, NO_IDENTIFIERS = "shuffled times", "permuted seeds", "no identifiers"
NEITHER = "shuffled times, no identifiers"


@dataclass(frozen=True)
class Nulls:
    """Margins over each null; `prevalence` is what a score that knows nothing has as AP."""

    prevalence: float
    boosted_on: int
    boosted_mature: bool
    margins: tuple[Margin, ...]


def nulls(case: Case, tables: Mapping[str, pa.Table | None], detect: Detect) -> Nulls:
    """Four runs (two where the world has no identifiers) and one model. `tables`: the world's canonical tables."""
    learned = boosting.boosted(case.truth, case.facts, case.as_of)
    scores: dict[str, F64] = {boosting.NAME: learned.score}
    changed: dict[str, pa.Table | None] = {}
    for name in ("transfers", "cash"):
        table = tables.get(name)
        if table is not None:
            changed[name] = alter.shuffled_times(table, case.as_of)
    scores[SHUFFLED] = _scored(case, Trial(SHUFFLED, case.as_of, changed), detect)
    if tables.get("identifiers") is not None:
        without: dict[str, pa.Table | None] = {"identifiers": None}
        scores[NO_IDENTIFIERS] = _scored(case, Trial(NO_IDENTIFIERS, case.as_of, without), detect)
        scores[NEITHER] = _scored(case, Trial(NEITHER, case.as_of, changed | without), detect)
    margins = list(intervals(case, scores).margins)
    referrals = tables.get("referrals")
    if referrals is not None:
        margins += _permuted(case, referrals, detect).margins
    share = case.who.hidden.sum() / max(1, case.who.candidate.sum())
    return Nulls(float(share), learned.positives, learned.mature, tuple(margins))


def _scored(case: Case, trial: Trial, detect: Detect) -> F64:
    return export_scores(detect(trial)["scores"], case.facts)


def _permuted(case: Case, referrals: pa.Table, detect: Detect) -> Intervals:
    """Both scores on the candidates that were not drawn as seeds."""
    table, drawn = alter.permuted_seeds(referrals, case.facts, case.who.candidate)
    score = _scored(case, Trial(PERMUTED, case.as_of, {"referrals": table}), detect)
    seeds = np.zeros(len(case.facts), dtype=bool)
    seeds[case.facts.codes(drawn)] = True
    who = case.who
    acted = None if who.acted is None else who.acted & ~seeds
    fewer = replace(who, candidate=who.candidate & ~seeds, hidden=who.hidden & ~seeds, acted=acted)
    return intervals(replace(case, who=fewer), {PERMUTED: score})


def section(found: Nulls) -> Section:
    """The table."""
    labels = "referred by T − 30 d" if found.boosted_mature else "referred by T (none is 30 days old)"
    lines = (
        f"The detector on altered facts, and gradient boosting without a graph ({found.boosted_on} accounts {labels} as"
        f" labels). A score that knows nothing has an AP of about {found.prevalence:.3f}. With permuted seeds, the"
        " persons drawn as seeds are out of both figures. Degree and amount alone are among the baselines.",
    )
    plots = (margin_bars(found.margins),)
    return Section("nulls", "Nulls and gradient boosting", lines, (margin_grid(found.margins),), plots, asdict(found))
