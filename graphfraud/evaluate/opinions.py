"""The models one by one and blended: how good each is, where they disagree, and whether the probability is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import rankdata

from graphfraud.core.findings import MILLION
from graphfraud.core.snapshot import F64, Flags
from graphfraud.evaluate.case import GRAPHFRAUD, Case
from graphfraud.evaluate.intervals import Margin, intervals, margin_grid
from graphfraud.evaluate.metrics import average_precision
from graphfraud.evaluate.section import Grid, Section, decimals, percent

WALK, INDICATORS, LEARNED, UNUSUAL = "walk alone", "indicators", "boosted trees", "isolation forest"
MEAN = "mean of the four ranks"
COLUMNS = {WALK: "walk_rank_e6", INDICATORS: "indicators_rank_e6", LEARNED: "learned_rank_e6"}
COLUMNS |= {UNUSUAL: "unusual_rank_e6"}
#: Ends of the bins in which probabilities are compared with what is true.
BINS = (0.02, 0.1, 0.3, 0.6, 0.9, 1.0)
TOP_E6 = 980_000  # a model speaks for an account from here on


@dataclass(frozen=True)
class Model:
    """One model: AP over all hidden members and over acted ones; `correlation` of its ranks with the score's."""

    name: str
    ap_all: float | None
    ap_acted: float | None
    correlation: float | None


@dataclass(frozen=True)
class Agreement:
    """Candidates of whom so many of the four models say that they are among the first 2 %."""

    models: int
    accounts: int
    hidden: int


@dataclass(frozen=True)
class Bin:
    """Candidates with a probability up to `to` (and above the bin before): what is expected, what is true."""

    to: float
    accounts: int
    expected: float
    observed: float


@dataclass(frozen=True)
class Reliability:
    """brier: mean squared error of the probability; base: that of the base rate; ece: expected calibration error."""

    said: int
    unsaid: int
    bins: tuple[Bin, ...]
    brier: float
    base: float
    ece: float


@dataclass(frozen=True)
class Opinions:
    """Everything of the section; margins are those of the published score over the walk alone."""

    models: tuple[Model, ...]
    agreement: tuple[Agreement, ...]
    margins: tuple[Margin, ...]
    reliability: Reliability | None


def opinions(case: Case) -> Opinions | None:
    """None where the findings have no ranks of models. O(accounts log accounts)."""
    scores = case.findings["scores"]
    if "walk_rank_e6" not in scores.column_names:
        return None
    ranks = {name: _column(case, column) for name, column in COLUMNS.items()}
    shown = {GRAPHFRAUD: case.score} | ranks | {MEAN: np.mean(list(ranks.values()), axis=0)}
    listed = case.who.candidate
    own = rankdata(case.score[listed])
    found = tuple(Model(name, *_aps(case, score), _correlation(own, score[listed])) for name, score in shown.items())
    return Opinions(found, _agreement(case, ranks), intervals(case, {WALK: ranks[WALK]}).margins, reliability(case))


def _column(case: Case, name: str, none: float = -1.0) -> F64:
    """A column of `scores` for every account of the world."""
    table = case.findings["scores"]
    codes = case.facts.codes(table["account_id"])
    out = np.full(len(case.facts), none)
    out[codes[codes >= 0]] = table[name].fill_null(int(none)).to_numpy()[codes >= 0]
    return out


def _aps(case: Case, score: F64) -> tuple[float | None, float | None]:
    who = case.who
    first = average_precision(score[who.candidate], who.hidden[who.candidate])
    if who.acted is None:
        return first, None
    kept: Flags = who.candidate & ~(who.hidden & ~who.acted)
    return first, average_precision(score[kept], who.acted[kept])


def _correlation(own: F64, other: F64) -> float | None:
    """Spearman's: Pearson's of the ranks, ties in the middle."""
    ranks = rankdata(other)
    if len(own) < 2 or np.ptp(own) == 0 or np.ptp(ranks) == 0:
        return None
    return float(np.corrcoef(own, ranks)[0, 1])


def _agreement(case: Case, ranks: Mapping[str, F64]) -> tuple[Agreement, ...]:
    votes = np.sum([rank >= TOP_E6 for rank in ranks.values()], axis=0)
    who = case.who
    rows = []
    for count in range(len(ranks), -1, -1):
        inside = who.candidate & (votes == count)
        rows.append(Agreement(count, int(inside.sum()), int((inside & who.hidden).sum())))
    return tuple(rows)


def reliability(case: Case) -> Reliability | None:
    """Probabilities of the candidates against what is true; None where the run says none."""
    probability = _column(case, "probability_e6") / MILLION
    said = case.who.candidate & (probability >= 0)
    if not said.any():
        return None
    p, true = probability[said], case.who.hidden[said].astype(np.float64)
    place = np.searchsorted(np.array(BINS), p, side="left")
    bins = []
    for i, end in enumerate(BINS):
        mine = place == i
        if mine.any():
            bins.append(Bin(end, int(mine.sum()), float(p[mine].mean()), float(true[mine].mean())))
    ece = sum(b.accounts * abs(b.expected - b.observed) for b in bins) / len(p)
    base = float(true.mean() * (1 - true.mean()))
    unsaid = int((case.who.candidate & (probability < 0)).sum())
    return Reliability(len(p), unsaid, tuple(bins), float(((p - true) ** 2).mean()), base, float(ece))


def section(case: Case) -> Section | None:
    """Tables of the models, of their agreement and of the probability."""
    found = opinions(case)
    if found is None:
        return None
    rows = tuple((m.name, decimals(m.ap_all), decimals(m.ap_acted), decimals(m.correlation, 2)) for m in found.models)
    votes = tuple((str(a.models), f"{a.accounts:,}", f"{a.hidden:,}", _part(a)) for a in found.agreement)
    grids = [
        Grid(("model", "AP all", "AP acted", "rank correlation"), rows, "each model alone, and the published score"),
        margin_grid(found.margins),
        Grid(
            ("models", "accounts", "hidden", "share"), votes, "how many of the four have an account among the first 2 %"
        ),
    ]
    lines = ["The published score is the walk's, times a power of the boosted trees'; the others stand beside it."]
    if found.reliability is None:
        lines.append("No probability: too few referrals, or none that could be believed.")
    else:
        lines.append(_said(found.reliability))
        grids.append(_bins(found.reliability))
    return Section("models", "Models", tuple(lines), tuple(grids), (), asdict(found))


def _part(row: Agreement) -> str:
    return percent(row.hidden / row.accounts if row.accounts else None)


def _said(found: Reliability) -> str:
    return (
        f"Probability of {found.said:,} candidates (of {found.unsaid:,} it cannot be said): Brier score"
        f" {found.brier:.4f} (always saying the base rate: {found.base:.4f}), expected calibration error"
        f" {found.ece:.4f}."
    )


def _bins(found: Reliability) -> Grid:
    rows = tuple((f"≤ {b.to:.2f}", f"{b.accounts:,}", percent(b.expected), percent(b.observed)) for b in found.bins)
    return Grid(("probability", "accounts", "expected", "observed"), rows, "expected against what is true")
