"""Intervals of the headline figures, and by how much they beat others, over rings drawn with replacement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from graphfraud.core.snapshot import F64, I64, Flags
from graphfraud.evaluate.case import GRAPHFRAUD, Case
from graphfraud.evaluate.matching import best_match, f1_of, planted, reported
from graphfraud.evaluate.metrics import average_precision
from graphfraud.evaluate.resample import (
    DRAWS,
    SEED,
    Blocks,
    Ordered,
    average_precisions,
    blocks,
    drawn,
    means,
    ordered,
    precisions,
)
from graphfraud.evaluate.section import Grid, Plot, Section, Series, decimals

TAILS = (2.5, 97.5)
DEPTHS = (50, 100)
ALL, ACTED = "AP all", "AP acted"


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; None where it cannot be computed."""

    name: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Margin:
    """By how much graphfraud's AP exceeds another score's, on the same candidates and draws.

    significant: the 95 % interval of the difference lies above 0.
    """

    other: str
    what: str
    value: float
    difference: Estimate
    significant: bool


@dataclass(frozen=True)
class Intervals:
    """`draws` resamplings (seeded) of `blocks` rings, `singles` of them single accounts in no known ring."""

    draws: int
    seed: int
    blocks: int
    singles: int
    figures: tuple[Estimate, ...]
    margins: tuple[Margin, ...]


@dataclass(frozen=True)
class _Bench:
    """One kind of positives: who is looked at, and the resampled AP of any score over them."""

    what: str
    listed: Flags
    positive: Flags
    blocks: Blocks
    weights: I64

    def order(self, score: F64) -> Ordered:
        return ordered(score[self.listed], self.positive[self.listed], self.blocks.of_account[self.listed])

    def draws(self, score: F64) -> F64:
        return average_precisions(self.order(score), self.weights)

    def value(self, score: F64) -> float | None:
        return average_precision(score[self.listed], self.positive[self.listed])


def intervals(case: Case, others: Mapping[str, F64], times: int = DRAWS, seed: int = SEED) -> Intervals:
    """Intervals of AP, P@k and ring F1, and margins over other scores of every account.

    O(times · positives · scores).
    """
    who = case.who
    found = blocks(case.truth, who.hidden, case.as_of)
    weights = drawn(found.count, times, seed)
    benches = [_Bench(ALL, who.candidate, who.hidden, found, weights)]
    if who.acted is not None:
        idle = who.hidden & ~who.acted
        benches.append(_Bench(ACTED, who.candidate & ~idle, who.acted, found, weights))
    figures: list[Estimate] = []
    margins: list[Margin] = []
    for bench in benches:
        own, value = bench.draws(case.score), bench.value(case.score)
        figures.append(estimate(bench.what, value, own))
        for name, score in others.items():
            there = bench.value(score)
            if value is not None and there is not None:
                margins.append(_margin(name, bench.what, there, (value, own - bench.draws(score))))
    figures += [_precision(case, benches[0], k) for k in DEPTHS]
    figures.append(_ring_f1(case, found, weights))
    return Intervals(times, seed, found.count, found.singles, tuple(figures), tuple(margins))


def estimate(name: str, value: float | None, resampled: F64) -> Estimate:
    """A figure with the 2.5 % and 97.5 % points of its resamplings; draws in which it does not exist are left out."""
    kept = resampled[~np.isnan(resampled)]
    if value is None or not len(kept):
        return Estimate(name, value, None, None)
    low, high = np.percentile(kept, TAILS)
    return Estimate(name, value, float(low), float(high))


def _margin(other: str, what: str, there: float, own: tuple[float, F64]) -> Margin:
    difference = estimate("difference", own[0] - there, own[1])
    return Margin(other, what, there, difference, difference.low is not None and difference.low > 0)


def _precision(case: Case, bench: _Bench, k: int) -> Estimate:
    ranking = bench.order(case.score)
    once = np.ones((1, bench.blocks.count), dtype=np.int64)
    return estimate(f"P@{k}", float(precisions(ranking, once, k)[0]), precisions(ranking, bench.weights, k))


def _ring_f1(case: Case, found: Blocks, weights: I64) -> Estimate:
    true = planted(case.truth, case.as_of)
    if not true:
        return Estimate("ring F1", None, None, None)
    rings = reported(case.findings["rings"], case.facts, case.truth)
    each = np.array([f1_of(best_match(ring, rings)) for ring in true])
    block = np.array([found.of_ring[ring.number] for ring in true], dtype=np.int32)
    return estimate("ring F1", float(each.mean()), means(each, block, weights))


def best_other(found: Intervals, what: str) -> Margin | None:
    """The strongest of the others by AP; None where there is none."""
    return max((m for m in found.margins if m.what == what), key=lambda m: m.value, default=None)


def section(found: Intervals, key: str = "intervals", title: str = "Intervals and margins") -> Section:
    """Sentences, tables and bars."""
    rows = tuple((e.name, decimals(e.value), decimals(e.low), decimals(e.high)) for e in found.figures)
    lines = [
        f"95 % intervals over {found.draws:,} draws of {found.blocks:,} blocks (rings; rings that share an account are"
        f" one; {found.singles:,} are single positives in no known ring), seed {found.seed}; honest accounts are held"
        " fixed. Differences are paired: the same rings are drawn for both."
    ]
    for what in (ALL, ACTED):
        best = best_other(found, what)
        if best is not None:
            d = best.difference
            lines.append(
                f"{what}: {decimals(d.value)} above the best of the others ({best.other}, {best.value:.3f}), 95 %"
                f" {decimals(d.low)} to {decimals(d.high)}: {'significant' if best.significant else 'not significant'}."
            )
    grids = (Grid(("figure", "value", "low", "high"), rows), margin_grid(found.margins))
    return Section(key, title, tuple(lines), grids, (_bars(found), margin_bars(found.margins)), asdict(found))


def margin_grid(margins: tuple[Margin, ...]) -> Grid:
    """One row a score and kind of positives."""
    columns = ("other score", "of", "AP", "difference", "low", "high", "significant")
    rows = []
    for m in margins:
        ends = (decimals(v) for v in (m.value, m.difference.value, m.difference.low, m.difference.high))
        rows.append((m.other, m.what, *ends, "yes" if m.significant else "no"))
    return Grid(columns, tuple(rows), f"{GRAPHFRAUD} minus the other, on the same candidates")


def _bars(found: Intervals) -> Plot:
    kept = [(e, e.low, e.high) for e in found.figures if e.value is not None and e.low is not None]
    own = Series(
        GRAPHFRAUD,
        tuple(e.name for e, _, _ in kept),
        tuple(e.value or 0.0 for e, _, _ in kept),
        tuple(low or 0.0 for _, low, _ in kept),
        tuple(high or 0.0 for _, _, high in kept),
    )
    return Plot("bars", "Figures with 95 % intervals over rings", "", "", (own,))


def margin_bars(margins: tuple[Margin, ...]) -> Plot:
    """Differences with their intervals, a bar a score, a colour a kind of positives."""
    series = []
    for what in (ALL, ACTED):
        kept = [m for m in margins if m.what == what and m.difference.low is not None]
        names = tuple(m.other for m in kept)
        ends = ([getattr(m.difference, end) for m in kept] for end in ("value", "low", "high"))
        series.append(Series(what, names, *(tuple(values) for values in ends)))
    return Plot("bars", "AP above other scores, 95 % over rings", "difference", "", tuple(s for s in series if s.x))
