"""Hypothesis edges: cash taken out of one account that may be the cash paid into another soon after.

Nothing proves them. They are kept apart from payments, drawn dashed, and never count in a total or in a trace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import HOUR
from graphfraud.core.snapshot import CASH_DESK, I32
from graphfraud.trace.book import Book

UNKNOWN_PLACE = -1


@dataclass(frozen=True)
class CashRule:
    """When cash out and cash in may be the same notes."""

    wait: int = 6 * HOUR  # longest time between them, µs
    kept: float = 0.9  # at least this part of the cash taken out is paid in, and never more than all of it
    elsewhere_wait: int = HOUR  # the same where the places differ or one is not known


@dataclass(frozen=True)
class CashEdge:
    """Cash of payment `taken` that may have become payment `paid`. Wait µs, difference minor units."""

    taken: int
    paid: int
    wait: int
    difference: int
    same_place: bool


def cash_edges(book: Book, taken: I32, place: I32 | None = None, rule: CashRule | None = None) -> list[CashEdge]:
    """For cash-outs (say of a trace's hops that end in cash) the cash-ins that may be theirs, in order of time.

    `place`: code of each payment's terminal or place, UNKNOWN_PLACE where it has none. A cash-in is given to one
    cash-out and a cash-out to one cash-in: pairs at the same place first, then the smaller difference, then the
    shorter wait, then order of payments. Accounts differ, also in holder. O(cash · log + candidates).
    """
    rule = rule or CashRule()
    flows = book.flows
    paid_in = np.flatnonzero(flows.payer == CASH_DESK).astype(np.int32)
    times = flows.time[paid_in]
    candidates = []
    for out in sorted(set(taken.tolist())):
        if flows.payee[out] != CASH_DESK:
            continue
        begin = int(np.searchsorted(paid_in, out))
        end = int(np.searchsorted(times, flows.time[out] + rule.wait, "right"))
        candidates += [e for f in paid_in[begin:end].tolist() if (e := _edge(book, (out, f), place, rule))]
    candidates.sort(key=lambda e: (not e.same_place, e.difference, e.wait, e.taken, e.paid))
    used: set[int] = set()
    kept = []
    for edge in candidates:
        if edge.taken not in used and edge.paid not in used:
            used |= {edge.taken, edge.paid}
            kept.append(edge)
    return sorted(kept, key=lambda e: (e.taken, e.paid))


def _edge(book: Book, pair: tuple[int, int], place: I32 | None, rule: CashRule) -> CashEdge | None:
    out, paid = pair
    flows, holder = book.flows, book.accounts.holder
    giver, taker = int(flows.payer[out]), int(flows.payee[paid])
    if giver == taker or (holder[giver] == holder[taker] and holder[giver] >= 0):
        return None
    wait = int(flows.time[paid]) - int(flows.time[out])
    amount, difference = int(flows.amount[out]), int(flows.amount[out]) - int(flows.amount[paid])
    same = place is not None and place[out] == place[paid] != UNKNOWN_PLACE
    if difference < 0 or int(flows.amount[paid]) < rule.kept * amount:
        return None
    if wait > (rule.wait if same else rule.elsewhere_wait):
        return None
    return CashEdge(out, paid, wait, difference, bool(same))
