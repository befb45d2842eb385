"""Trees as plain arrays: how the learned models are kept with a run, and how they score.

No object is unpickled and no library is needed to score again: a tree is a table of nodes. Boosted trees and isolation
trees have the same form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from graphfraud.core.snapshot import F64, I8, I32, I64

F32 = NDArray[np.float32]
LEAF = -1


@dataclass(frozen=True)
class Trees:
    """Nodes of all trees, end to end, and where they begin; forest k has trees forest[k] … forest[k + 1].

    A node sends a row to `left` where the feature is ≤ threshold, or where it is missing and `missing_left` says so.
    A leaf has feature LEAF and its `value`. `base` is added to a forest's sum.
    """

    feature: I32
    threshold: F64
    missing_left: I8
    left: I32
    right: I32
    value: F64
    root: I32
    forest: I64
    base: F64

    @property
    def forests(self) -> int:
        return len(self.base)


Nodes = tuple[I32, F64, I8, I32, I32, F64]


def joined(forests: Sequence[tuple[float, Sequence[Nodes]]]) -> Trees:
    """Trees out of forests of (base, trees); children are numbered within their tree. O(nodes)."""
    trees = [tree for _, trees in forests for tree in trees]
    sizes = np.array([0, *(len(tree[0]) for tree in trees)], np.int64)
    root = np.cumsum(sizes)[:-1].astype(np.int32)
    columns = [[tree[i] for tree in trees] for i in range(6)]
    for side in (3, 4):
        columns[side] = [child + first for child, first in zip(columns[side], root, strict=True)]
    nodes: list[Any] = [
        np.concatenate([np.zeros(0), *c]).astype(t)
        for c, t in zip(columns, (np.int32, np.float64, np.int8, np.int32, np.int32, np.float64), strict=True)
    ]
    count = np.array([0, *(len(trees) for _, trees in forests)], np.int64)
    base = np.array([base for base, _ in forests], np.float64)
    feature, threshold, missing, left, right, value = nodes
    return Trees(feature, threshold, missing, left, right, value, root, np.cumsum(count), base)


def boosted_nodes(model: Any, columns: I64, edges: Sequence[F64]) -> list[Nodes]:
    """Trees of a HistGradientBoostingClassifier of two classes that was fitted on codes: of value v, the number of the
    first edge ≥ v. Then code ≤ t is v ≤ edges[⌊t⌋]. `columns`: matrix column of each feature.
    """
    last = np.array([len(e) - 1 for e in edges])
    table = np.array([np.pad(e, (0, last.max() - len(e) + 1), constant_values=np.inf) for e in edges])
    found = []
    for (predictor,) in model._predictors:
        n = predictor.nodes
        leaf = n["is_leaf"] == 1
        feature = np.where(leaf, LEAF, columns[n["feature_idx"]]).astype(np.int32)
        sides = (n["left"].astype(np.int32), n["right"].astype(np.int32))
        cut = np.where(leaf, 0.0, np.minimum(np.floor(n["num_threshold"]), last[n["feature_idx"]])).astype(np.int64)
        found.append(
            (
                feature,
                np.where(leaf, 0.0, table[n["feature_idx"], cut]),
                n["missing_go_to_left"].astype(np.int8),
                *sides,
                n["value"],
            )
        )
    return found


def isolation_nodes(model: Any, columns: I64, fill: F32) -> list[Nodes]:
    """Trees of a fitted IsolationForest; a leaf's value is the path length it stands for, depth + c(rows in it).

    Missing values count as `fill` (per feature of the model).
    """
    found = []
    for estimator in model.estimators_:
        tree = estimator.tree_
        inner = tree.children_left >= 0
        depth = np.zeros(tree.node_count)
        for node in np.flatnonzero(inner):  # parents come before their children
            depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
        feature = np.where(inner, columns[np.maximum(tree.feature, 0)], LEAF).astype(np.int32)
        missing = (fill[np.maximum(tree.feature, 0)] <= tree.threshold).astype(np.int8)
        value = depth + path_length(tree.n_node_samples)
        sides = (
            np.maximum(tree.children_left, 0).astype(np.int32),
            np.maximum(tree.children_right, 0).astype(np.int32),
        )
        found.append((feature, tree.threshold, missing, *sides, value))
    return found


def path_length(rows: I64) -> F64:
    """c(n): mean length of an unsuccessful search in a binary tree of n rows (Liu, Ting, Zhou 2008, equation 1)."""
    n = rows.astype(np.float64)
    harmonic = np.log(np.maximum(n - 1, 1)) + np.euler_gamma
    many = 2 * harmonic - 2 * (n - 1) / np.maximum(n, 1)
    result: F64 = np.where(n > 2, many, np.where(n == 2, 1.0, 0.0))
    return result


@nb.njit(cache=True, parallel=True)
def _sums(nodes: Nodes, roots: tuple[I32, I64, F64], x: F32, rows: I32, which: I8) -> F64:
    feature, threshold, missing_left, left, right, value = nodes
    root, forest, base = roots
    result = np.empty(rows.shape[0])
    for i in nb.prange(rows.shape[0]):
        row, k = rows[i], which[i]
        total = base[k]
        for t in range(forest[k], forest[k + 1]):
            node = root[t]
            while feature[node] != LEAF:
                v = x[row, feature[node]]
                goes_left = missing_left[node] == 1 if np.isnan(v) else np.float64(v) <= threshold[node]
                node = left[node] if goes_left else right[node]
            total += value[node]
        result[i] = total
    return result


def tree_sums(trees: Trees, x: F32, rows: I32, which: I8) -> F64:
    """base + Σ leaves for these rows of x, row i under forest which[i]. O(rows · trees · depth).

    Every row is summed by one thread in the order of the trees: the same bits for any number of threads.
    """
    nodes = (trees.feature, trees.threshold, trees.missing_left, trees.left, trees.right, trees.value)
    return np.asarray(_sums(nodes, (trees.root, trees.forest, trees.base), x, rows, which))
