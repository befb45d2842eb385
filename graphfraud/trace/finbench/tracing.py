"""Reads that follow money over up to three hops: down from an account, or up to its sources.

A walk whose times ascend strictly along the money is found level by level: of all walks of k hops to an account
only the earliest arrival matters for the next hop (going up: the latest departure), so a level costs its links,
not its walks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.trace.finbench.answer import Answer, counts, ids, money, paths, texts
from graphfraud.trace.finbench.grouping import greatest, least, pairs, summed
from graphfraud.trace.finbench.kernels import distinct
from graphfraud.trace.finbench.links import ALL, Hop, Truncation
from graphfraud.trace.finbench.network import Network
from graphfraud.trace.finbench.windows import ALWAYS, Window

HOPS = 3


def blocked_media(network: Network, account_id: Any, window: Window = ALWAYS, truncation: Truncation = ALL) -> Answer:
    """Accounts that money of an account reaches and that a blocked medium signed into: FinBench TCR1.

    Reached by 1 to 3 transfers of ascending times in the window; the sign-in is in the window too. An account
    may be there once per distance. In order of (accountDistance, otherId, mediumId). Raises UnknownId.
    """
    hop, media = Hop(network.out, truncation), network.media
    rows: list[tuple[I64, I64, I64]] = []
    for distance, accounts in enumerate(_levels(hop, network.account(account_id), window, up=False), 1):
        uses = Hop(media.uses).between(accounts, window.after, window.before)
        blocked = media.blocked[uses.other]
        other, medium = pairs(accounts[uses.owner[blocked]], uses.other[blocked], len(media.id))
        rows.append((np.full(len(other), distance), other, medium))
    far, other, medium = (np.concatenate(part) for part in zip(*rows, strict=True))
    order = np.lexsort((medium, other, far))
    names = [media.kind[k] for k in media.kind_of[medium[order]]]
    columns = {"otherId": ids(network.accounts.take(other[order])), "accountDistance": counts(far[order])}
    return Answer(columns | {"mediumId": ids(media.id.take(medium[order])), "mediumType": texts(names)}, hop.left_out)


def upstream_loans(network: Network, accounts: I32, window: Window = ALWAYS, truncation: Truncation = ALL) -> Answer:
    """Accounts upstream of some accounts that received money of loans: FinBench TCR2, for the accounts of a person.

    Upstream by 1 to 3 transfers in the window whose times descend going up; the deposits are in the window. Every
    loan counts once per account. In order of (sumLoanAmount descending, otherId).
    """
    hop, loans = Hop(network.into, truncation), network.loans
    reached = distinct(np.concatenate(list(_levels(hop, accounts, window, up=True))))[0].astype(np.int32)
    deposits = Hop(loans.received).between(reached, window.after, window.before)
    receiver, loan = pairs(reached[deposits.owner], deposits.other, len(loans.id))
    other, number = distinct(receiver)
    amount = summed(loans.amount[loan], number, len(other))
    balance = summed(loans.balance[loan], number, len(other))
    order = np.lexsort((other, -amount))
    columns = {"otherId": ids(network.accounts.take(other[order])), "sumLoanAmount": money(amount[order])}
    return Answer(columns | {"sumLoanBalance": money(balance[order])}, hop.left_out)


def forward_paths(network: Network, accounts: I32, window: Window = ALWAYS, truncation: Truncation = ALL) -> Answer:
    """Different account paths of the money of some accounts: FinBench TCR5, for the accounts of a person.

    Paths of 1 to 3 transfers in the window with ascending times that visit no account twice; the beginning of a
    path is a path too, parallel transfers make one. Longest first, then by the ids along the path.
    """
    hop, n = Hop(network.out, truncation), len(network.accounts)
    nodes = np.unique(accounts)[:, None].astype(np.int64)
    arrival = np.full(len(nodes), window.after)
    levels = []
    for _ in range(HOPS):
        found = hop.between(nodes[:, -1].astype(np.int32), arrival, window.before)
        simple = (nodes[found.owner] != found.other[:, None]).all(axis=1)
        step, arrival = least(found.owner[simple] * n + found.other[simple], found.time[simple])
        order = np.argsort(step)  # by the path so far, then by the account it goes to
        nodes, arrival = np.column_stack([nodes[step[order] // n], step[order] % n]), arrival[order]
        levels.append(nodes)
    return Answer({"path": paths([p for level in reversed(levels) for p in _named(network, level)])}, hop.left_out)


def _levels(hop: Hop, accounts: I32, window: Window, up: bool) -> Iterator[I32]:
    """Accounts at 1, 2 and 3 hops whose times ascend (`up`: descend) from some accounts, each once per level."""
    bound = np.full(len(accounts), window.before if up else window.after)
    for _ in range(HOPS):
        if up:
            found = hop.between(accounts, window.after, bound)
            reached, bound = greatest(found.other, found.time)
        else:
            found = hop.between(accounts, bound, window.before)
            reached, bound = least(found.other, found.time)
        accounts = reached.astype(np.int32)
        yield accounts


def _named(network: Network, level: I64) -> list[list[Any]]:
    """Paths of account numbers, one a row, as ids."""
    width = level.shape[1]
    flat = network.accounts.take(level.ravel())
    return [flat[i : i + width] for i in range(0, len(flat), width)]
