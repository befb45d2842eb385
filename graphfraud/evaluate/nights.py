"""Ten chained nights: do rings keep their identity, and does chaining cost ring F1? Twenty runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import fmean

import pyarrow as pa

from graphfraud.core.clock import DAY, show
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.matching import RING, continuity, ring_figures
from graphfraud.evaluate.section import Grid, Section, decimals
from graphfraud.evaluate.trial import Detect, Trial

NIGHTS = 10


@dataclass(frozen=True)
class Night:
    """A night: rings, mean best Jaccard of those that were there the night before, ring F1 chained and fresh."""

    as_of: int
    rings: int
    kept: float | None
    f1: float | None
    f1_fresh: float | None


@dataclass(frozen=True)
class Nights:
    """`kept`: mean over the nights after the first. The F1 are means over all nights, and those of the last night."""

    nights: tuple[Night, ...]
    kept: float | None
    f1: float | None
    f1_fresh: float | None


def nights(case: Case, detect: Detect, count: int = NIGHTS) -> Nights | None:
    """Nights up to T, a day apart; None for a world without ring ids, or with nobody referred on the first night."""
    first = case.as_of - (count - 1) * DAY
    if case.truth.ring is None or not case.facts.referred(first).any():
        return None
    rows: list[Night] = []
    before: dict[str, frozenset[str]] = {}
    for as_of in range(first, case.as_of + 1, DAY):
        chained = detect(Trial("nights, chained", as_of, fresh=False))["rings"]
        fresh = detect(Trial("nights, fresh", as_of))["rings"]
        after = members(chained)
        both = (_f1(case, table, as_of) for table in (chained, fresh))
        rows.append(Night(as_of, len(after), continuity(before, after), *both))
        before = after
    kept = [n.kept for n in rows if n.kept is not None]
    return Nights(tuple(rows), fmean(kept) if kept else None, *(_mean(rows, f) for f in ("f1", "f1_fresh")))


def members(rings: pa.Table) -> dict[str, frozenset[str]]:
    """Members of every ring (leads left out), by ring_id. O(rows)."""
    found: dict[str, set[str]] = {}
    rows = rings.filter(pa.compute.equal(rings["kind"], RING))
    for ring, account in zip(rows["ring_id"].to_pylist(), rows["account_id"].to_pylist(), strict=True):
        found.setdefault(ring, set()).add(account)
    return {ring: frozenset(accounts) for ring, accounts in found.items()}


def _f1(case: Case, rings: pa.Table, as_of: int) -> float | None:
    figures = ring_figures(case.truth, case.facts, rings, as_of)
    return None if figures is None else figures.f1


def _mean(rows: list[Night], name: str) -> float | None:
    known = [value for value in (getattr(n, name) for n in rows) if value is not None]
    return fmean(known) if known else None


def section(found: Nights) -> Section:
    """The table."""
    last = found.nights[-1]
    lines = (
        f"Mean best Jaccard of rings present on both nights {decimals(found.kept)} (wanted: .98); ring F1 chained"
        f" {decimals(found.f1)} against fresh {decimals(found.f1_fresh)} over the nights, {decimals(last.f1)} against"
        f" {decimals(last.f1_fresh)} on the last (wanted: not below by more than .01).",
    )
    rows = tuple(
        (show(n.as_of), str(n.rings), *(decimals(v) for v in (n.kept, n.f1, n.f1_fresh))) for n in found.nights
    )
    grid = Grid(("night", "rings", "kept", "F1 chained", "F1 fresh"), rows)
    return Section("nights", f"{len(found.nights)} chained nights", lines, (grid,), (), asdict(found))
