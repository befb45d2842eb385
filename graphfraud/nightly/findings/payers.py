"""Payments to suspected accounts by persons who are not suspected themselves, with their grounds and their rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import FEE, I8, I64, OWN, Flags, Snapshot
from graphfraud.models.ties import NO_RING, Ties
from graphfraud.nightly.findings.grounds import LIKELY, POSSIBLE, Grounds, grounds, points

GRADES = ("unlikely", "possible", "likely")


@dataclass(frozen=True)
class Payments:
    """One entry per payment, in time order; the last four are figures of its payer."""

    row: I64  # of the snapshot's flows
    found: Grounds
    points: I64
    best: I64  # points of the payer's best payment
    payments: I64
    total: I64  # minor units
    rank: I64  # 1 is the first to be called

    @property
    def grade(self) -> I64:
        """Number in GRADES of the payer."""
        result: I64 = (self.best >= POSSIBLE).astype(np.int64) + (self.best >= LIKELY)
        return result


def paid_suspects(snapshot: Snapshot, ties: Ties, level: I8, days: int) -> Payments:
    """Payments of the last `days` to referred accounts and ring members.

    Payers are persons, not referred, in no ring, and not at level 1 or 2 themselves. They rank by the points of their
    best payment, then by amount × number of payments ÷ (whole days since the last + 7), then by account_id.
    O(flows + payments of the payers).
    """
    payer_ok = snapshot.accounts.person & ~ties.referred & ~ties.in_ring & (level != 1) & (level != 2)
    suspects = ties.referred | ties.in_ring
    row = _payments(snapshot, payer_ok, suspects, days)
    found = grounds(snapshot, row, suspects, np.where(ties.in_ring, ties.ring, NO_RING).astype(np.int32))
    flows = snapshot.flows
    return _ranked(snapshot, row, found, points(found, flows.amount[row], ties.referred[flows.payee[row]]))


def _payments(snapshot: Snapshot, payer_ok: Flags, suspects: Flags, days: int) -> I64:
    """Flows of the window from such payers to suspects."""
    flows = snapshot.flows
    first, last = np.searchsorted(flows.time, [snapshot.as_of - days * DAY, snapshot.as_of], side="right")
    rows = np.arange(first, last)
    rows = rows[(flows.payer[rows] >= 0) & (flows.payee[rows] >= 0) & (flows.tag[rows] & (OWN | FEE) == 0)]
    found: I64 = rows[suspects[flows.payee[rows]] & payer_ok[flows.payer[rows]]]
    return found


def _ranked(snapshot: Snapshot, row: I64, found: Grounds, given: I64) -> Payments:
    flows = snapshot.flows
    who, inverse = np.unique(flows.payer[row], return_inverse=True)
    payments = np.bincount(inverse, minlength=len(who)).astype(np.int64)
    total = np.zeros(len(who), np.int64)
    np.add.at(total, inverse, flows.amount[row])
    last, best = (np.full(len(who), np.iinfo(np.int64).min) for _ in range(2))
    np.maximum.at(last, inverse, flows.time[row])
    np.maximum.at(best, inverse, given)
    urgency = total * payments // ((snapshot.as_of - last) // DAY + 7)
    rank = np.empty(len(who), np.int64)
    rank[np.lexsort((who, -urgency, -best))] = np.arange(1, len(who) + 1)
    return Payments(row, found, given, best[inverse], payments[inverse], total[inverse], rank[inverse])
