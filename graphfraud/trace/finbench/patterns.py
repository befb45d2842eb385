"""Reads that find shapes of payments: a cycle of three, collect then withdraw, blocked accounts with one payer."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphfraud.trace.finbench.answer import Answer, counts, ids, money
from graphfraud.trace.finbench.grouping import grouped
from graphfraud.trace.finbench.kernels import distinct
from graphfraud.trace.finbench.links import ALL, Hop, Truncation
from graphfraud.trace.finbench.network import Network
from graphfraud.trace.finbench.windows import ALWAYS, Window

#: transfers into an account that make it a collector; it needs more
COLLECTED = 3


def cycles_of_three(
    network: Network, first_id: Any, second_id: Any, window: Window = ALWAYS, truncation: Truncation = ALL
) -> Answer:
    """Accounts that close a cycle first → second → other → first: FinBench TCR4.

    All transfers in the window, in any order of time. edge3 is second → other, edge2 is other → first. Empty where
    first pays second nothing in the window; no truncation hides that it does. In order of (sumEdge2Amount
    descending, sumEdge3Amount descending, otherId). Raises UnknownId.
    """
    out, into = Hop(network.out, truncation), Hop(network.into, truncation)
    first, second = network.account(first_id), network.account(second_id)
    direct = Hop(network.out).between(first, window.after, window.before)
    there = window if (direct.other == second[0]).any() else Window(0, 0)
    three, two = (hop.between(a, there.after, there.before) for hop, a in ((out, second), (into, first)))
    edge3, edge2 = grouped(three.other, three.amount), grouped(two.other, two.amount)
    other, at2, at3 = np.intersect1d(edge2.key, edge3.key, assume_unique=True, return_indices=True)
    edge2, edge3 = edge2.take(at2), edge3.take(at3)
    order = np.lexsort((other, -edge3.total, -edge2.total))
    columns = {"otherId": ids(network.accounts.take(other[order]))}
    for name, edge in (("Edge2", edge2.take(order)), ("Edge3", edge3.take(order))):
        columns |= {f"num{name}": counts(edge.count), f"sum{name}Amount": money(edge.total)}
        columns |= {f"max{name}Amount": money(edge.greatest)}
    return Answer(columns, out.left_out + into.left_out)


def collect_then_withdraw(
    network: Network,
    card_id: Any,
    thresholds: tuple[int, int],
    window: Window = ALWAYS,
    truncation: Truncation = ALL,
) -> Answer:
    """Accounts that collect transfers and withdraw into a card: FinBench TCR6.

    They received more than 3 transfers above thresholds[0] (sumEdge1Amount) and withdrew amounts above
    thresholds[1] into the card (sumEdge2Amount), minor units, all in the window. In order of (sumEdge2Amount
    descending, midId). Raises UnknownId.
    """
    withdrawn, into = Hop(network.withdrawn_into, truncation), Hop(network.into, truncation)
    found = withdrawn.between(network.account(card_id), window.after, window.before, thresholds[1])
    edge2 = grouped(found.other, found.amount)
    received = into.between(edge2.key.astype(np.int32), window.after, window.before, thresholds[0])
    edge1 = grouped(received.owner, received.amount)
    enough = np.flatnonzero(edge1.count > COLLECTED)
    edge1, edge2 = edge1.take(enough), edge2.take(edge1.key[enough])
    order = np.lexsort((edge2.key, -edge2.total))
    columns = {"midId": ids(network.accounts.take(edge2.key[order])), "sumEdge1Amount": money(edge1.total[order])}
    return Answer(columns | {"sumEdge2Amount": money(edge2.total[order])}, withdrawn.left_out + into.left_out)


def blocked_siblings(network: Network, account_id: Any, window: Window = ALWAYS) -> Answer:
    """Blocked accounts that share a payer with an account: FinBench TSR6.

    Both transfers are in the window, in any order of time; the account itself is not listed. In order of dstId.
    Raises UnknownId.
    """
    account = network.account(account_id)
    paid = Hop(network.into).between(account, window.after, window.before)
    payers = distinct(paid.other)[0].astype(np.int32)
    others = distinct(Hop(network.out).between(payers, window.after, window.before).other)[0]
    found = np.sort(others[network.blocked[others] & (others != account[0])])
    return Answer({"dstId": ids(network.accounts.take(found))})
