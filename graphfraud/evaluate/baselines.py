"""Naive baselines: what a score must beat. Each is a score of every account at T; no setting, nothing tuned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from graphfraud.core.snapshot import F64, I64
from graphfraud.evaluate.facts import WorldFacts

ALPHA, ITERATIONS = 0.15, 50
IDENTIFIER_CAP = 50  # accounts: identifiers with more are left out of the walks
Matrix = Any  # scipy.sparse.csr_matrix


@dataclass(frozen=True)
class Graphs:
    """What the baselines look at, at T. Matrices are accounts × accounts (`uses`: accounts × identifiers)."""

    paid: Matrix  # amount paid by row to column
    uses: Matrix  # 1 where an account used an identifier with at least 2 accounts
    users: I64  # accounts per identifier
    seed: F64  # 1 for every referred account


def graphs(facts: WorldFacts, as_of: int) -> Graphs:
    """Build them from facts known at T. O(rows log rows)."""
    n = len(facts)
    kept = (facts.time <= as_of) & (facts.payer != facts.payee)
    amount = facts.amount[kept].astype(np.float64)
    paid = sp.csr_matrix((amount, (facts.payer[kept], facts.payee[kept])), shape=(n, n))
    seen = facts.seen <= as_of
    width = int(facts.identifier.max()) + 1 if len(facts.identifier) else 0
    uses = sp.csr_matrix((np.ones(int(seen.sum())), (facts.user[seen], facts.identifier[seen])), shape=(n, width))
    uses.data[:] = 1.0
    users = np.bincount(uses.indices, minlength=width)
    shared = users >= 2
    return Graphs(paid, uses[:, shared].tocsr(), users[shared], facts.referred(as_of).astype(np.float64))


def _rows(matrix: Matrix) -> F64:
    out: F64 = np.asarray(matrix.sum(axis=1)).ravel()
    return out


def _normalised(matrix: Matrix) -> Matrix:
    total = _rows(matrix)
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return sp.diags(scale) @ matrix


def _links(g: Graphs, cap: int) -> Matrix:
    """Σ 1/(k − 1) over shared identifiers with k ≤ cap accounts, without the diagonal."""
    kept = g.users <= cap
    uses = g.uses[:, kept].tocsr()
    links = (uses @ sp.diags(1.0 / (g.users[kept] - 1)) @ uses.T).tocsr()
    links.setdiag(0)
    links.eliminate_zeros()
    return links


def degree(g: Graphs) -> F64:
    """Distinct counterparties."""
    return _rows(_pairs(g))


def amount(g: Graphs) -> F64:
    """Money moved, in and out."""
    return _rows(g.paid) + _rows(g.paid.T)


def one_hop_transfers(g: Graphs) -> F64:
    """Share of an account's money, in and out, that it exchanged with referred accounts."""
    out: F64 = _normalised(g.paid + g.paid.T) @ g.seed
    return out


def received(g: Graphs) -> F64:
    """Money received from referred accounts."""
    out: F64 = g.paid.T @ g.seed
    return out


def one_hop_identifiers(g: Graphs) -> F64:
    """Σ 1/(k − 1) over identifiers shared with a referred account, k accounts each."""
    weight = 1.0 / (g.users - 1)
    out: F64 = g.uses @ (weight * (g.uses.T @ g.seed)) - g.seed * (g.uses @ weight)
    return out


def pagerank(matrix: Matrix, seed: F64) -> F64:
    """Personalised PageRank from the seeds, restart .15, 50 power iterations; dangling mass restarts. O(nnz) each."""
    if not seed.any():
        return np.zeros_like(seed)
    step = _normalised(matrix).T.tocsr()
    restart = seed / seed.sum()
    mass: F64 = restart.copy()
    for _ in range(ITERATIONS):
        moved = (1 - ALPHA) * (step @ mass)
        mass = moved + (1 - moved.sum()) * restart
    return mass


def pagerank_amount(g: Graphs) -> F64:
    """PageRank over payments in both directions, by amount."""
    return pagerank(g.paid + g.paid.T, g.seed)


def pagerank_identifiers(g: Graphs) -> F64:
    """PageRank over shared identifiers."""
    return pagerank(_links(g, IDENTIFIER_CAP), g.seed)


def pagerank_both(g: Graphs) -> F64:
    """PageRank over both, payments and identifiers weighing the same at every account."""
    return pagerank(_normalised(g.paid + g.paid.T) + _normalised(_links(g, IDENTIFIER_CAP)), g.seed)


def pagerank_pairs(g: Graphs) -> F64:
    """PageRank over pairs that paid each other, every pair alike."""
    return pagerank(_pairs(g), g.seed)


def pagerank_per_degree(g: Graphs) -> F64:
    """The same ÷ distinct counterparties."""
    return pagerank_pairs(g) / np.maximum(degree(g), 1.0)


def _pairs(g: Graphs) -> Matrix:
    pairs: Matrix = ((g.paid + g.paid.T) > 0).astype(np.float64)
    return pairs


BASELINES: dict[str, Callable[[Graphs], F64]] = {
    "degree": degree,
    "amount": amount,
    "one hop, transfers": one_hop_transfers,
    "received from referred": received,
    "one hop, identifiers": one_hop_identifiers,
    "PageRank, amount": pagerank_amount,
    "PageRank, pairs": pagerank_pairs,
    "PageRank, pairs ÷ degree": pagerank_per_degree,
    "PageRank, identifiers": pagerank_identifiers,
    "PageRank, identifiers + transfers": pagerank_both,
}


def baseline_scores(facts: WorldFacts, as_of: int) -> dict[str, F64]:
    """Every baseline at T."""
    built = graphs(facts, as_of)
    return {name: score(built) for name, score in BASELINES.items()}
