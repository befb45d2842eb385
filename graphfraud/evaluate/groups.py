"""Who is found and who is wrongly raised: recall by role and layer, false positives by honest stratum."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from graphfraud.core.snapshot import Flags
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.section import Grid, Plot, Section, Series, decimals, percent
from graphfraud.evaluate.strata import LEVELS, FalsePositives, false_positives

IDLE = "not paid yet"


@dataclass(frozen=True)
class Found:
    """Hidden members of one role or layer; `raised` at levels ≤ 1, ≤ 2, ≤ 3; `first` among the first 500."""

    group: str
    hidden: int
    acted: int | None
    raised: tuple[int, ...]
    first: int


def by_role(case: Case) -> tuple[Found, ...]:
    """Hidden members by their role (in the smallest ring number); nothing where the world does not say. O(members)."""
    if case.truth.role is None or case.truth.ring is None:
        return ()
    role = np.full(len(case.facts), "", dtype=object)
    rows = zip(case.truth.ring.tolist(), case.truth.member.tolist(), case.truth.role, strict=True)
    for _, account, name in sorted(rows, reverse=True):
        if account >= 0:
            role[account] = name
    names = sorted(set(role[case.who.hidden].tolist()))
    return tuple(_found(name, case, np.asarray(role == name)) for name in names)


def by_layer(case: Case) -> tuple[Found, ...]:
    """Hidden members by layer: one below the shallowest payment of a fraud's money that they got by T. O(payments)."""
    fraud = case.truth.fraud
    if fraud is None:
        return ()
    none = np.iinfo(np.int32).max
    layer = np.full(len(case.facts), none, dtype=np.int32)
    known = (fraud.time <= case.as_of) & (fraud.payee >= 0)
    np.minimum.at(layer, fraud.payee[known], fraud.depth[known] + 1)
    levels = sorted(set(layer[case.who.hidden].tolist()))
    return tuple(_found(IDLE if n == none else f"layer {n}", case, layer == n) for n in levels)


def _found(name: str, case: Case, inside: Flags) -> Found:
    hidden = case.who.hidden & inside
    first = np.argsort(-np.where(case.who.candidate, case.score, -1.0), kind="stable")[:500]
    looked = np.zeros(len(case.facts), dtype=bool)
    looked[first] = True
    raised = tuple(int((hidden & (case.level > 0) & (case.level <= top)).sum()) for top in LEVELS)
    acted = None if case.who.acted is None else int((case.who.acted & inside).sum())
    return Found(name, int(hidden.sum()), acted, raised, int((hidden & looked).sum()))


def recall_measure(case: Case) -> Section | None:
    """Recall by role and by layer."""
    roles, layers = by_role(case), by_layer(case)
    if not roles and not layers:
        return None
    grids = tuple(_found_grid(name, rows) for name, rows in (("role", roles), ("layer", layers)) if rows)
    data = {"roles": [asdict(f) for f in roles], "layers": [asdict(f) for f in layers]}
    lines = ("Hidden ring members, and how many of them are raised, or among the first 500.",)
    return Section("recall", "Who is found", lines, grids, (), data)


def _found_grid(name: str, rows: tuple[Found, ...]) -> Grid:
    columns = (name, "hidden", "acted", *(f"level ≤ {top}" for top in LEVELS), "first 500")
    return Grid(columns, tuple(_row(f) for f in rows))


def _row(f: Found) -> tuple[str, ...]:
    def cell(hits: int) -> str:
        return f"{hits} ({hits / f.hidden:.0%})" if f.hidden else "0"

    acted = "–" if f.acted is None else str(f.acted)
    return (f.group, str(f.hidden), acted, *(cell(n) for n in f.raised), cell(f.first))


def strata_measure(case: Case) -> Section | None:
    """False positives per honest stratum, with Wilson intervals, beside the recall at the same level."""
    found = false_positives(case.level, case.truth, case.who)
    if "level" not in case.findings["scores"].column_names or not found[0].strata:
        return None
    cells: dict[str, list[str]] = {s.stratum: [s.stratum, f"{s.accounts:,}"] for s in found[0].strata}
    for at in found:
        for s in at.strata:
            i = s.interval
            cells[s.stratum].append(
                f"{s.raised}" if i is None else f"{s.raised} ({i.share:.3%}, {i.low:.3%}–{i.high:.3%})"
            )
    rows = [tuple(row) for row in cells.values()]
    recall = [f"{f.acted_raised} of {f.acted_hidden} ({f.recall:.1%})" for f in found]
    rows.append(("recall of acted mules", f"{found[0].acted_hidden:,}", *recall))
    columns = ("stratum", "accounts", *(f"level ≤ {f.level}" for f in found))
    line = "Honest accounts raised (95 % Wilson); strata under 1,000 accounts give counts and stand together below."
    grid, data = Grid(columns, tuple(rows)), {"levels": [asdict(f) for f in found]}
    return Section("strata", "Who is wrongly raised", (line,), (grid,), (_plot(found),), data)


def _plot(found: tuple[FalsePositives, ...]) -> Plot:
    series = []
    for at in found:
        kept = [(s.stratum, s.interval) for s in at.strata if s.interval is not None]
        names = tuple(name for name, _ in kept)
        shares, low, high = (tuple(100 * getattr(i, end) for _, i in kept) for end in ("share", "low", "high"))
        series.append(Series(f"level ≤ {at.level}", names, shares, low, high))
    return Plot("bars", "Honest accounts raised, % (95 % Wilson)", "%", "", tuple(series))


@dataclass(frozen=True)
class Hits:
    """An indicator among the candidates: how many it hits, how many of them are hidden members, or acted ones."""

    indicator: str
    hits: int
    hidden: int
    acted: int | None
    precision: float
    lift: float | None
    recall: float | None
    computable: bool
    thresholds: str  # that held; '' where the findings do not say


def indicators_measure(case: Case) -> Section | None:
    """Precision and support of every indicator at T, over the candidates."""
    rows = indicator_hits(case)
    if not rows:
        return None
    cells = tuple(_hits_row(r) for r in rows)
    columns = ("indicator", "hits", "hidden", "acted", "precision", "lift", "recall", "thresholds")
    line = (
        "Candidates that an indicator hits (support), and how many of them are hidden ring members (precision), under"
        " the thresholds that held."
    )
    data = {"rows": [asdict(r) for r in rows]}
    return Section("indicators", "Indicators", (line,), (Grid(columns, cells),), (), data)


def _hits_row(r: Hits) -> tuple[str, ...]:
    counts = (r.indicator, f"{r.hits:,}", str(r.hidden), "–" if r.acted is None else str(r.acted))
    if not r.computable:
        return (*counts, "not computable", "–", "–", r.thresholds)
    figures = percent(r.precision if r.hits else None), decimals(r.lift, 1), percent(r.recall)
    return (*counts, *figures, r.thresholds)


def indicator_hits(case: Case) -> tuple[Hits, ...]:
    """By falling precision, then support, then name. Nothing where the findings have no indicators. O(hits)."""
    table, status = case.findings.get("indicator_hits"), case.findings.get("indicator_status")
    if table is None or status is None:
        return ()
    codes, names = case.facts.codes(table["account_id"]), np.array(table["indicator_id"].to_pylist(), dtype=str)
    who = case.who
    base, total = who.hidden.sum() / max(1, who.candidate.sum()), int(who.hidden.sum())
    rows = []
    for row in status.to_pylist():
        name, computable, held = row["indicator_id"], row["computable"], row.get("thresholds") or ""
        hit = np.zeros(len(case.facts), dtype=bool)
        own = codes[names == name]
        hit[own[own >= 0]] = True
        hits, hidden = int((hit & who.candidate).sum()), int((hit & who.hidden).sum())
        acted = None if who.acted is None else int((hit & who.acted).sum())
        precision = hidden / hits if hits else 0.0
        lift = float(precision / base) if base else None
        recall = hidden / total if total else None
        rows.append(Hits(name, hits, hidden, acted, precision, lift, recall, computable, held))
    return tuple(sorted(rows, key=lambda r: (-r.precision, -r.hits, r.indicator)))
