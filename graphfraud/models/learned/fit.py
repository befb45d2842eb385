"""Fitting: gradient boosting on what the walk is surest of, and an isolation forest on nothing but the features.

Labels. Those referred are mostly collectors, hidden mules are not: a model fitted on the referred alone finds
collectors (docs/adr/0020). The boosted trees are therefore fitted on *pseudo-positives*, the persons whom the walk puts
first, weighed from 1 down to LAST_WEIGHT by their place, together with the referred; everybody else is unlabelled
and stands for the negative. Cross-fitted in folds of whole cases and rings (`folds`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphfraud.core.snapshot import F64, I8, I32, I64, Flags
from graphfraud.models.learned.features import DIRECTIONS
from graphfraud.models.learned.folds import FOLDS
from graphfraud.models.learned.trees import Nodes, Trees, boosted_nodes, isolation_nodes, joined, path_length, tree_sums
from graphfraud.settings import ModelSettings

F32 = NDArray[np.float32]
LAST_WEIGHT = 0.2
#: Fewer positives than this in all, and nothing is learned from them.
LEAST = 20
#: Rows of the sample an isolation tree grows on (Liu, Ting, Zhou 2008).
ISOLATED = 256
#: Quantiles at which the boosted trees may cut a column.
CUTS = 60
WORKERS = 2  # forests grown at once
#: A learned score counts at least this much in the blend.
SMALLEST = 1e-9


@dataclass(frozen=True)
class Examples:
    """Accounts to fit on, ascending, their labels and weights; `unlabelled` of them were drawn out of `of`."""

    rows: I32
    label: I8
    weight: F64
    referred: int
    pseudo: int
    unlabelled: int
    of: int

    @property
    def enough(self) -> bool:
        """Whether there is something to learn from."""
        return self.referred + self.pseudo >= LEAST and self.unlabelled > 0


def examples(walk: F64, person: Flags, referred: Flags, rules: ModelSettings, seed: int) -> Examples:
    """The accounts to fit on. `walk` has what each account scores without any learned model. O(n log n)."""
    others = np.flatnonzero(person & ~referred)
    ranked = others[np.argsort(-walk[others], kind="stable")]
    count = min(int(rules.pseudo_share * person.sum()), rules.most_pseudo)
    pseudo = ranked[:count][walk[ranked[:count]] > 0]
    known = np.flatnonzero(person & referred)
    rest = np.setdiff1d(others, pseudo, assume_unique=True)
    drawn = np.sort(np.random.default_rng(seed).permutation(rest)[: rules.unlabelled])
    rows = np.concatenate([known, pseudo, drawn]).astype(np.int32)
    label = np.repeat(np.array([1, 1, 0], np.int8), [len(known), len(pseudo), len(drawn)])
    weights = [np.ones(len(known)), np.linspace(1.0, LAST_WEIGHT, len(pseudo)), np.ones(len(drawn))]
    order = np.argsort(rows)
    weight = np.concatenate(weights)[order]
    return Examples(rows[order], label[order], weight, len(known), len(pseudo), len(drawn), len(rest))


def varied(x: F32) -> I64:
    """Columns that have two different known values; the others can teach nothing. O(rows · columns)."""
    low, high = (f(x, axis=0, initial=i, where=~np.isnan(x)) for f, i in ((np.min, np.inf), (np.max, -np.inf)))
    return np.flatnonzero(low < high)


def boost(x: F32, found: Examples, fold: I8, rules: ModelSettings, seed: int) -> Trees:
    """One forest a fold, fitted on the other folds; no forest where there is not enough to learn from.

    Monotone in the direction of every feature. The unlabelled were drawn, so the base is moved by the log of their
    share: a score is as if all of them had been there. One thread a forest, so that sums have one order.
    """
    if not found.enough:
        return joined([])
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
        return joined(list(pool.map(lambda k: _forest(x, found, fold != k, rules, seed), range(FOLDS))))


def _forest(x: F32, found: Examples, seen: Flags, rules: ModelSettings, seed: int) -> tuple[float, list[Nodes]]:
    """A forest fitted on the accounts that are seen, and its base; −∞ where they are all of one label."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    mine = seen[found.rows]
    rows, label = found.rows[mine], found.label[mine]
    if label.min(initial=1) == label.max(initial=0):
        return -np.inf, []
    columns = varied(x[rows])
    edges = [_edges(x[rows, j]) for j in columns]
    model = HistGradientBoostingClassifier(
        max_iter=rules.trees,
        max_bins=CUTS + 3,
        learning_rate=rules.learning_rate,
        max_leaf_nodes=rules.leaves,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
        monotonic_cst=[DIRECTIONS[j] for j in columns],
    )
    model.fit(_coded(x[rows][:, columns], edges), label, sample_weight=found.weight[mine])
    base = float(np.ravel(model._baseline_prediction)[0]) + float(np.log(found.unlabelled / found.of))
    return base, boosted_nodes(model, columns, edges)


def _edges(column: F32) -> F64:
    """Values between which a column is cut: its quantiles, each once; thresholds of the trees are among them."""
    known = np.sort(column[~np.isnan(column)])
    return np.unique(known[np.linspace(0, len(known) - 1, CUTS).astype(np.int64)]).astype(np.float64)


def _coded(x: F32, edges: Sequence[F64]) -> F64:
    """Number of the first edge that a value is not above, per column; missing values stay missing.

    Few different values spare the library its weighted quantiles, which took ten times as long as the trees.
    """
    codes = np.column_stack([np.searchsorted(e, x[:, j].astype(np.float64)) for j, e in enumerate(edges)])
    return np.where(np.isnan(x), np.nan, codes)


def isolate(x: F32, persons: I32, rules: ModelSettings, seed: int) -> Trees:
    """An isolation forest of the persons; no label goes in. Fitted on a seeded draw of them."""
    drawn = np.sort(np.random.default_rng(seed).permutation(persons)[: rules.unlabelled])
    columns = varied(x[drawn]) if len(drawn) >= 2 else np.zeros(0, np.int64)
    if not len(columns):
        return joined([])
    from sklearn.ensemble import IsolationForest
    from threadpoolctl import threadpool_limits

    sample = x[drawn][:, columns]
    fill = np.nanmedian(sample, axis=0)
    size = min(ISOLATED, len(drawn))
    model = IsolationForest(n_estimators=rules.isolation_trees, max_samples=size, random_state=seed)
    with threadpool_limits(1):
        model.fit(np.where(np.isnan(sample), fill, sample))
    return joined([(0.0, isolation_nodes(model, columns, fill))])


def learned_scores(trees: Trees, x: F32, persons: I32, fold: I8) -> F64:
    """Score in (0, 1) of these persons, each by the forest that saw neither its label nor its case's; 0 for others."""
    result = np.zeros(len(x))
    if trees.forests:
        result[persons] = 1.0 / (1.0 + np.exp(-tree_sums(trees, x, persons, fold[persons])))
    return result


def isolation_scores(trees: Trees, x: F32, persons: I32) -> F64:
    """2^(−mean path ÷ c(sample)) of these persons, in (0, 1), more for who is easier to tell apart; 0 for others."""
    result = np.zeros(len(x))
    if trees.forests:
        mean = tree_sums(trees, x, persons, np.zeros(len(persons), np.int8)) / len(trees.root)
        usual = float(path_length(np.array([min(ISOLATED, len(persons))]))[0])
        result[persons] = np.exp2(-mean / max(usual, 1.0))
    return result


def blend(learned: F64, persons: I32, power: float) -> F64:
    """What the walk's score of every account is multiplied by: learned^power, 1 where there is no learned score."""
    factor = np.ones(len(learned))
    if power > 0 and len(persons) and learned[persons].max() > 0:
        factor[persons] = np.maximum(learned[persons], SMALLEST) ** power
    return factor


def percentile(score: F64 | I64, persons: I32) -> I64:
    """Share of these persons with a lower score, 1e-6; −1 for others. O(n log n)."""
    values = score[persons]
    result = np.full(len(score), -1, np.int64)
    below = np.searchsorted(np.sort(values), values, side="left")
    result[persons] = below * 1_000_000 // max(len(persons), 1)
    return result
