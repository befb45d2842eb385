"""Precision over recall and recall by budget, of graphfraud and the strongest baselines; ring F1 by size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphfraud.core.snapshot import F64
from graphfraud.evaluate.case import GRAPHFRAUD, Case
from graphfraud.evaluate.matching import best_match, f1_of, planted, reported
from graphfraud.evaluate.metrics import average_precision, ranked
from graphfraud.evaluate.section import Grid, Plot, Section, Series, decimals

DEPTHS = (10, 20, 50, 100, 200, 500, 1_000, 2_000)
STRONGEST = 3
POINTS = 200  # of a curve


def curves(case: Case, others: Mapping[str, F64]) -> Section:
    """Over all hidden ring members. O(scores · accounts log accounts)."""
    who = case.who
    positive = who.hidden[who.candidate]
    total = max(1, int(positive.sum()))
    aps = {name: average_precision(score[who.candidate], positive) or 0.0 for name, score in others.items()}
    names = [GRAPHFRAUD, *sorted(aps, key=lambda n: (-aps[n], n))[:STRONGEST]]
    lines, budget = [], []
    rows: list[dict[str, Any]] = []
    for name in names:
        score = case.score if name == GRAPHFRAUD else others[name]
        labels = ranked(score[who.candidate], positive)
        lines.append(Series(name, *_precision_recall(np.flatnonzero(labels) + 1, total)))
        found = np.cumsum(labels)
        depths = [k for k in DEPTHS if k <= len(labels)]
        recall = tuple(float(found[k - 1]) / total for k in depths)
        budget.append(Series(name, tuple(depths), recall))
        rows.append({"name": name, "recall": dict(zip(map(str, depths), recall, strict=True))})
    plots = (
        Plot("line", "Precision over recall, all hidden members", "recall", "precision", tuple(lines)),
        Plot("line", "Recall by budget", "accounts looked at", "recall", tuple(budget)),
    )
    columns = [str(k) for k in DEPTHS if k <= len(positive)]
    cells = tuple((str(r["name"]), *(decimals(r["recall"][k]) for k in columns)) for r in rows)
    grid = Grid(("first …", *columns), cells, "recall of all hidden members")
    return Section("curves", "Curves", (), (grid,), plots, {"recall_at": rows})


def _precision_recall(ranks: F64 | np.ndarray, total: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Recall and precision at every positive, thinned to a few hundred points that keep both ends."""
    counts = np.arange(1, len(ranks) + 1)
    kept = np.unique(np.linspace(0, len(ranks) - 1, min(POINTS, len(ranks))).astype(np.int64)) if len(ranks) else counts
    return tuple((counts[kept] / total).tolist()), tuple((counts[kept] / ranks[kept]).tolist())


def rings_measure(case: Case) -> Section | None:
    """Every true ring with its best match."""
    true = planted(case.truth, case.as_of)
    if not true:
        return None
    found = reported(case.findings["rings"], case.facts, case.truth)
    rows = [(r.number, len(r.acted), len(r.neutral), best_match(r, found)) for r in true]
    data = [{"ring": n, "acted": a, "idle": i, "jaccard": j, "f1": f1_of(j)} for n, a, i, j in rows]
    rows = sorted(rows, key=lambda r: (r[3], r[0]))
    worst = tuple((str(n), str(a), str(i), decimals(j), decimals(f1_of(j))) for n, a, i, j in rows[:10])
    points = Series("rings", tuple(a for _, a, _, _ in rows), tuple(f1_of(j) for *_, j in rows))
    plot = Plot("dots", "Ring F1 by size", "acted members", "F1 of the best match", (points,))
    grid = Grid(("ring", "acted", "idle", "Jaccard", "F1"), worst, "the ten that are found worst")
    return Section("rings", "Rings", (), (grid,), (plot,), {"rings": data})
