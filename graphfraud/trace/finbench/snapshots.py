"""The network of a run's snapshot: the reads of the benchmark for an investigator's own bank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import COMPANY, I32, I64, Flags, Identifiers, Snapshot
from graphfraud.trace.finbench.links import Rows, entering, leaving
from graphfraud.trace.finbench.network import Holders, IntIds, Loans, Media, Network

_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class IdentifierIds:
    """Identifiers as (kind, value)."""

    of: Identifiers

    def __len__(self) -> int:
        return len(self.of.kind)

    def find(self, value: tuple[str, str]) -> int:
        """Number of an identifier, or −1. O(identifiers of the kind)."""
        kind, text = value
        first, last = np.searchsorted(self.of.kind, [IDENTIFIER_KINDS.index(kind), IDENTIFIER_KINDS.index(kind) + 1])
        return next((row for row in range(int(first), int(last)) if self.of.value[row] == text), -1)

    def take(self, rows: I64) -> list[tuple[str, str]]:
        """The identifiers of these numbers."""
        return [(IDENTIFIER_KINDS[self.of.kind[row]], self.of.value[int(row)]) for row in rows]


def of_snapshot(snapshot: Snapshot, blocked: Flags | None = None) -> Network:
    """The network of a snapshot. O(flows + identifiers).

    Transfers are its flows between two accounts, equal times in order of txn_id; an identifier is a medium whose
    event is its first use by an account. `blocked` accounts are the referred ones unless they are given; a medium is
    blocked that such an account uses. Holders are named by their numbers. A bank's facts have no loans, and cash
    goes to no account: the reads of these find nothing.
    """
    accounts, flows = snapshot.accounts, snapshot.flows
    between = (flows.payer >= 0) & (flows.payee >= 0)
    marked = _referred(snapshot) if blocked is None else blocked
    return Network(
        accounts=accounts.id,
        blocked=marked,
        transfers=Rows(flows.payer[between], flows.payee[between], flows.time[between], flows.amount[between]),
        withdrawals=_no_rows(),
        persons=_holders(snapshot, accounts.kind != COMPANY),
        companies=_holders(snapshot, accounts.kind == COMPANY),
        media=_media(snapshot, marked),
        loans=_no_loans(len(accounts)),
    )


def _referred(snapshot: Snapshot) -> Flags:
    marked = np.zeros(len(snapshot.accounts), bool)
    marked[snapshot.referrals.account] = True
    return marked


def _holders(snapshot: Snapshot, chosen: Flags) -> Holders:
    holder = snapshot.accounts.holder
    account = np.flatnonzero(chosen & (holder >= 0)).astype(np.int32)
    ids, number = np.unique(holder[account], return_inverse=True)
    order = np.argsort(number, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(number, minlength=len(ids)))]).astype(np.int64)
    return Holders(IntIds(ids.astype(np.int64)), ptr, account[order])


def _media(snapshot: Snapshot, marked: Flags) -> Media:
    found = snapshot.identifiers
    medium: I32 = np.repeat(np.arange(len(found.kind), dtype=np.int32), np.diff(found.ptr))
    blocked = np.zeros(len(found.kind), bool)
    blocked[medium[marked[found.account]]] = True
    uses = Rows(medium, np.asarray(found.account), np.asarray(found.first_seen), np.zeros(len(medium), np.int64))
    links = entering(len(snapshot.accounts), uses.sorted())
    return Media(IdentifierIds(found), IDENTIFIER_KINDS, found.kind.astype(np.int32), blocked, links)


def _no_rows() -> Rows:
    return Rows(_NONE.astype(np.int32), _NONE.astype(np.int32), _NONE, _NONE)


def _no_loans(accounts: int) -> Loans:
    by_account = leaving(accounts, _no_rows())
    return Loans(IntIds(_NONE), _NONE, _NONE, leaving(0, _no_rows()), by_account, by_account)
