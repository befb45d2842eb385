"""The scorecard: points of indicator hits, capped per layer of monitoring.

What a hit is worth comes from pairwise comparison (`ahp`), in 1e-6 of a full card. Within an account and layer the
points count up to the cap of the layer: many indicators of one kind see the same thing. Above the cap the points of the
layer shrink in proportion, in integers, so that the contributions of the hits always sum to the total of the account.
One more hit never lowers it.
"""

from __future__ import annotations

import numpy as np

from graphfraud.core.snapshot import I8, I32, I64

#: Most points of each layer in 1e-6, in the order transaction, account_state, behaviour; together a full card.
CAPS = (500_000, 250_000, 250_000)


def contributions(account: I32, layer: I8, points: I64, caps: tuple[int, ...] = CAPS) -> I64:
    """What each hit adds to the total of its account, in 1e-6.

    `account`, `layer` (index into caps) and `points` (> 0) have one entry a hit; the order of hits within an account
    and layer decides only where the odd millionth goes. O(hits log hits).
    """
    if len(account) == 0:
        return np.zeros(0, np.int64)
    order = np.lexsort((np.arange(len(account)), layer, account))
    mine, where, p = account[order], layer[order], points[order]
    first = np.ones(len(order), bool)
    first[1:] = (mine[1:] != mine[:-1]) | (where[1:] != where[:-1])
    start = np.flatnonzero(first)
    group = np.cumsum(first) - 1
    whole = np.add.reduceat(p, start)
    upto = np.cumsum(p)
    upto -= (upto[start] - p[start])[group]
    cap = np.minimum(whole, np.asarray(caps, np.int64)[where[start]])
    after = upto * cap[group] // whole[group]
    before = (upto - p) * cap[group] // whole[group]
    result = np.empty(len(order), np.int64)
    result[order] = after - before
    return result


def totals(n_accounts: int, account: I32, contribution: I64) -> I64:
    """Points of every account in 1e-6, in [0, 1e6]. O(accounts + hits)."""
    result = np.zeros(n_accounts, np.int64)
    np.add.at(result, account, contribution)
    return result
