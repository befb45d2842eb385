"""How the money of a loan spreads: FinBench TCR8."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.trace.finbench.answer import NO_RATIO, Answer, counts, ids, ratios, ratios_of
from graphfraud.trace.finbench.grouping import MOST, grouped, least
from graphfraud.trace.finbench.kernels import distinct
from graphfraud.trace.finbench.links import ALL, LEAST, Hop, Truncation
from graphfraud.trace.finbench.network import Network
from graphfraud.trace.finbench.tracing import HOPS
from graphfraud.trace.finbench.windows import ALWAYS, Window

Step = tuple[I32, I64]  # accounts, and the amount that a link out of each has to exceed, minor units


def loan_spread(
    network: Network, loan_id: Any, threshold: Fraction, window: Window = ALWAYS, truncation: Truncation = ALL
) -> Answer:
    """Where the money of a loan went, and how much of the loan flowed in there.

    From the accounts of its deposits in the window along up to 3 transfers or withdrawals in the window; each is
    greater than `threshold` times the one before, the first is not compared; times need not ascend. `ratio` is the
    sum of the different links into an account over the loan's amount, `minDistanceFromLoan` counts the deposit
    as 1. In order of (minDistanceFromLoan descending, ratio descending, dstId). Raises UnknownId.

    Of the links into an account only the smallest matters for what may follow, so a level costs its links.
    """
    hop, loan = Hop(network.spent, truncation), network.loan(loan_id)
    deposits = Hop(network.loans.deposits).between(np.array([loan], np.int32), window.after, window.before)
    accounts = distinct(deposits.other)[0].astype(np.int32)
    steps: list[Step] = []
    reached: list[I64] = []
    limit = np.full(len(accounts), LEAST)
    for _ in range(HOPS):
        steps.append((accounts, limit))
        found = hop.between(accounts, window.after, window.before, limit)
        others, smallest = least(found.other, found.amount)
        reached.append(others)
        accounts, limit = others.astype(np.int32), times(smallest, threshold)
    inflow = _inflow(network, steps, window, truncation)
    distance = _distance(reached)
    return _answer(network, inflow, distance, loan, hop.left_out)


def _inflow(network: Network, steps: list[Step], window: Window, truncation: Truncation) -> tuple[I64, I64]:
    """Accounts, ascending, and the sum of the different links into them."""
    accounts, limit = least(np.concatenate([a for a, _ in steps]), np.concatenate([m for _, m in steps]))
    links = Hop(network.spent, truncation).between(accounts.astype(np.int32), window.after, window.before, limit)
    sums = grouped(links.other, links.amount)
    order = np.argsort(sums.key)
    return sums.key[order], sums.total[order]


def _distance(reached: list[I64]) -> I64:
    """Least distance from the loan of every account that is reached, in ascending order of the accounts."""
    levels = np.repeat(np.arange(2, 2 + HOPS), [len(accounts) for accounts in reached])
    account, distance = least(np.concatenate(reached), levels)
    result: I64 = distance[np.argsort(account)]
    return result


def _answer(network: Network, inflow: tuple[I64, I64], distance: I64, loan: int, left_out: int) -> Answer:
    account, total = inflow
    whole = int(network.loans.amount[loan])
    share = ratios_of(total, whole) if whole else np.full(len(total), NO_RATIO)
    order = np.lexsort((account, -share, -distance))
    columns = {"dstId": ids(network.accounts.take(account[order])), "ratio": ratios(share[order])}
    return Answer(columns | {"minDistanceFromLoan": counts(distance[order])}, left_out)


def times(amounts: I64, factor: Fraction) -> I64:
    """⌊amount · factor⌋, exact for every factor: an integer is greater than it where it is greater than the product.

    >>> times(np.array([10, 99]), Fraction(1, 3)).tolist()
    [3, 33]
    """
    over, under = factor.numerator, factor.denominator
    if int(amounts.max(initial=0)) * abs(over) < MOST and under < MOST:
        return amounts * over // under
    return np.array([max(LEAST, min(MOST, int(a) * over // under)) for a in amounts], np.int64)
