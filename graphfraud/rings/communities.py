"""Communities under the constant Potts model, by Leiden (Traag, Waltman, van Eck 2019), reproducibly.

`Q = Σ_c [W_c − γ n_c(n_c − 1)/2]`. igraph's generator is re-seeded right before every call; vertices come in
order of account, edges sorted, weights rounded to 1e-6: relabelled vertices or 1e-12 of noise otherwise give
another partition.
"""

from __future__ import annotations

import random

import igraph
import numpy as np
from numpy.typing import NDArray

from graphfraud.core.pairs import Pairs
from graphfraud.core.snapshot import I32, I64

DIGITS = 6


def rounded(pairs: Pairs, minimum: float) -> Pairs:
    """Weights rounded to 1e-6; pairs below `minimum` dropped."""
    weight = np.round(pairs.weight, DIGITS)
    return Pairs(pairs.a, pairs.b, weight).where(weight >= minimum)


def vertices_of(pairs: Pairs) -> I32:
    """The vertices that have a pair, ascending."""
    return np.unique(np.concatenate([pairs.a, pairs.b])).astype(np.int32)


def leiden(
    pairs: Pairs, gamma: float, iterations: int, seed: int, start: NDArray[np.int64] | None = None
) -> tuple[I32, I32]:
    """(vertices, label) of the CPM partition of the vertices that have a pair; labels are 0-based.

    `start`: communities 0… of `vertices_of(pairs)` to start from, by default everybody alone. Isolated vertices
    are left out: each is a community of its own. O(iterations · m).
    """
    vertices, ends = np.unique(np.concatenate([pairs.a, pairs.b]), return_inverse=True)
    if not len(pairs):
        return vertices.astype(np.int32), np.zeros(0, np.int32)
    edges: NDArray[np.int64] = ends.reshape(2, -1).T
    network = igraph.Graph(n=len(vertices), edges=edges)
    igraph.set_random_number_generator(random.Random(seed))
    found = network.community_leiden(
        objective_function="CPM",
        weights=pairs.weight.tolist(),
        resolution=gamma,
        n_iterations=iterations,
        initial_membership=None if start is None else start.tolist(),
    )
    return vertices.astype(np.int32), np.asarray(found.membership, np.int32)


def full_labels(n: int, vertices: I32, label: I32) -> I64:
    """Labels 0… over all n accounts; −1 for those in no community of two or more."""
    result = np.full(n, -1, np.int64)
    sizes = np.bincount(label) if len(label) else np.zeros(0, np.int64)
    joined = sizes[label] > 1
    result[vertices[joined]] = np.unique(label[joined], return_inverse=True)[1]
    return result
