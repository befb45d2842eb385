"""The figures of one world at one cut, as a frozen object with a stable JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from graphfraud.core.clock import iso, show
from graphfraud.evaluate.baselines import baseline_scores
from graphfraud.evaluate.case import GRAPHFRAUD, Case
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.matching import RingFigures, ring_figures
from graphfraud.evaluate.measures import measured
from graphfraud.evaluate.metrics import Ranking
from graphfraud.evaluate.panel import Rankings, rankings
from graphfraud.evaluate.section import Grid, Section, by_key
from graphfraud.evaluate.strata import FalsePositives, false_positives
from graphfraud.evaluate.truth import Truth


@dataclass(frozen=True)
class Evaluation:
    """Figures at T.

    window           test window (T, T + min(60 d, end of data)], UTC µs
    referred         accounts referred at T (out of every figure)
    missing          candidates that the export does not have (they score 0)
    scores           `graphfraud` first, then the naive baselines
    rings            None for a world without ring ids
    false_positives  at levels ≤ 1, ≤ 2, ≤ 3; empty where the export has no levels
    sections         what else was measured (measures.py)
    """

    as_of: int
    window: tuple[int, int]
    referred: int
    missing: int
    scores: dict[str, Rankings]
    rings: RingFigures | None
    false_positives: tuple[FalsePositives, ...]
    sections: tuple[Section, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """JSON form; keys are only ever added.

        {as_of, window: {start, end}, referred, missing,
         scores: [{name, all: R, acted: R | null, later: R}],   R = {candidates, positives, prevalence,
                   average_precision | null, at: [{k, looked_at, found, precision, recall, lift}]}
         rings: {true_rings, reported_rings, f1, jaccard, found, precision, precise_rings} | null,
         false_positives: [{level, strata: [{stratum, accounts, raised, interval: {share, low, high} | null}],
                            acted_hidden, acted_raised, recall}],
         sections: {key: data of the section}}
        Times are ISO 8601 in Asia/Shanghai; the window is open at its start and closed at its end.
        """
        return {
            "as_of": iso(self.as_of),
            "window": {"start": iso(self.window[0]), "end": iso(self.window[1])},
            "referred": self.referred,
            "missing": self.missing,
            "scores": [{"name": name} | asdict(found) for name, found in self.scores.items()],
            "rings": None if self.rings is None else asdict(self.rings),
            "false_positives": [asdict(f) for f in self.false_positives],
            "sections": by_key(self.sections),
        }

    def score_rows(self) -> list[tuple[str, ...]]:
        """Cells for a table, headed by `SCORE_COLUMNS`; a figure that cannot be computed is –."""
        return [
            (name, _ap(found.all), _ap(found.acted), *_depths(found.all), _ap(found.later))
            for name, found in self.scores.items()
        ]

    def grid(self) -> Grid:
        """The same as a table."""
        return Grid(SCORE_COLUMNS, tuple(self.score_rows()))

    def lines(self) -> list[str]:
        """What stands above and below the table, in sentences."""
        own = self.scores[GRAPHFRAUD]
        acted = "not known in this world" if own.acted is None else f"{own.acted.positives:,} have acted"
        text = [
            f"Cut {show(self.as_of)}; test window to {show(self.window[1])} with {own.later.positives:,} accounts first"
            f" referred in it.",
            f"{own.all.candidates:,} candidates, {own.all.positives:,} of them hidden ring members"
            f" ({own.all.prevalence:.2%}; {acted}); {self.referred:,} accounts are referred."
            f" {self.missing:,} candidates are missing from the export and score 0.",
        ]
        return text + _ring_lines(self.rings) + [_level_line(f) for f in self.false_positives]


SCORE_COLUMNS = ("score", "AP all", "AP acted", "P@100", "R@100", "lift@100", "P@500", "R@500", "lift@500", "AP later")


def _ap(found: Ranking | None) -> str:
    return "–" if found is None or found.average_precision is None else f"{found.average_precision:.3f}"


def _depths(found: Ranking) -> list[str]:
    return [cell for d in found.at for cell in (f"{d.precision:.2f}", f"{d.recall:.2f}", f"{d.lift:.1f}")]


def _ring_lines(found: RingFigures | None) -> list[str]:
    if found is None:
        return ["Rings: this world has no ring ids."]
    if found.f1 is None or found.jaccard is None:
        return [f"Rings: no true ring has three acted members; {found.reported_rings:,} reported."]
    precision = "–" if found.precision is None else f"{found.precision:.2f}"
    return [
        f"Rings: F1 {found.f1:.3f}, Jaccard {found.jaccard:.3f} over {found.true_rings} true rings"
        f" ({found.found} found with Jaccard ≥ .5); {found.reported_rings} reported, precision {precision}."
    ]


def _level_line(found: FalsePositives) -> str:
    whole = next((s for s in found.strata if s.stratum == "all"), None)
    if whole is None or whole.interval is None:
        return f"Level ≤ {found.level}: no honest accounts to measure on."
    i = whole.interval
    return (
        f"Level ≤ {found.level}: {whole.raised:,} of {whole.accounts:,} honest accounts raised"
        f" ({i.share:.3%}, 95 % {i.low:.3%} to {i.high:.3%}); {found.acted_raised:,} of {found.acted_hidden:,} acted"
        f" hidden mules ({found.recall:.1%})."
    )


def report(truth: Truth, facts: WorldFacts, exports: Mapping[str, pa.Table], as_of: int) -> Evaluation:
    """Figures of a run's findings (`scores` and `rings` at least: findings tables or exported ones) at T.

    O(accounts log accounts + transfers · iterations of the baselines + draws · positives · scores).
    """
    case, others = Case.of(truth, facts, exports, as_of), baseline_scores(facts, as_of)
    who = case.who
    scores = {name: rankings(score, who) for name, score in ({GRAPHFRAUD: case.score} | others).items()}
    listed = facts.codes(exports["scores"]["account_id"])
    missing = who.candidate.copy()
    missing[listed[listed >= 0]] = False
    levels: tuple[FalsePositives, ...] = ()
    if "level" in exports["scores"].column_names:
        levels = false_positives(case.level, truth, who)
    return Evaluation(
        as_of=as_of,
        window=who.window,
        referred=int(who.referred.sum()),
        missing=int(missing.sum()),
        scores=scores,
        rings=ring_figures(truth, facts, exports["rings"], as_of),
        false_positives=levels,
        sections=measured(case, others),
    )
