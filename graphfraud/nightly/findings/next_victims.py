"""Who may pay next: payers of rings that have been at work in the last three days before T.

probe    a first payment of at most 10 yuan: the fraudsters make sure that the payment goes through
again    several payments since they first dealt with each other
first    one first payment
earlier  likely a victim of the ring before: whoever has paid once is asked again
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import HOUR
from graphfraud.core.snapshot import FEE, I64, OWN, Flags, Snapshot
from graphfraud.models.ties import Ties, flag
from graphfraud.nightly.findings.grounds import LIKELY, MET, POSSIBLE
from graphfraud.nightly.findings.payers import Payments

LIVE = 72 * HOUR
PROBE = 1_000  # minor units
KINDS = ("probe", "again", "first", "earlier")
EARLIER = KINDS.index("earlier")


@dataclass(frozen=True)
class Next:
    """One entry per payer, in order of rank: the entry of `Payments` that tells most, and its kind."""

    entry: I64
    kind: I64  # number in KINDS


def next_payers(snapshot: Snapshot, ties: Ties, paid: Payments) -> Next:
    """Payers to look after now: those of the last 72 h, then the earlier ones; in each who has not reported first, by
    points, the newest first.

    A ring is live when in these hours one member paid another, or somebody dealt with a member for the first time; a
    referred account that is in no ring is a ring of its own. O(flows of 72 h + payments).
    """
    flows, row = snapshot.flows, paid.row
    payee, time = flows.payee[row], flows.time[row]
    group = np.where(ties.in_ring, ties.ring, len(ties.ring) + np.arange(len(ties.ring)))
    recent = time > snapshot.as_of - LIVE
    new = paid.found.met <= MET
    live = np.zeros(2 * len(ties.ring), bool)
    live[group[payee[recent & new]]] = True
    live[_at_work(snapshot, ties)] = True
    times = _repeats(flows.payer[row].astype(np.int64), recent & new)
    kind = np.where(flows.amount[row] <= PROBE, 0, np.where(times > 1, 1, 2))
    kind = np.where(recent & new, kind, EARLIER)
    fit = np.where(
        kind == EARLIER, live[group[payee]] & (paid.points >= LIKELY), (kind == 0) | (paid.points >= POSSIBLE)
    )
    wanted = np.flatnonzero(fit)
    told = flag(len(ties.ring), snapshot.referrals.victim)[flows.payer[row]]
    by = (-row, -time, -paid.points, told, kind == EARLIER)
    order = np.lexsort([key[wanted] for key in by])
    wanted = wanted[order]
    _, first = np.unique(flows.payer[row[wanted]], return_index=True)
    chosen = wanted[np.sort(first)]
    return Next(chosen, kind[chosen])


def _at_work(snapshot: Snapshot, ties: Ties) -> I64:
    """Rings a member of which has paid another one in the last 72 h."""
    flows = snapshot.flows
    rows = np.arange(np.searchsorted(flows.time, snapshot.as_of - LIVE, side="right"), len(flows.time))
    payer, payee = flows.payer[rows], flows.payee[rows]
    inside: Flags = (payer >= 0) & (payee >= 0) & (flows.tag[rows] & (OWN | FEE) == 0)
    inside &= ties.in_ring[payer] & ties.in_ring[payee] & (ties.ring[payer] == ties.ring[payee])
    return ties.ring[payer[inside]].astype(np.int64)


def _repeats(payer: I64, among: Flags) -> I64:
    """Per payment, how many of its payer's payments are among the marked ones."""
    _, inverse = np.unique(payer, return_inverse=True)
    return np.bincount(inverse, among, minlength=len(payer))[inverse].astype(np.int64)
