"""The network that the reads walk: accounts, who holds them, what they pay, what signs into them, their loans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from graphfraud.core.snapshot import I32, I64, Flags
from graphfraud.errors import UnknownId
from graphfraud.trace.finbench.links import Links, Rows, entering, leaving


class Ids(Protocol):
    """Ids of one kind of thing, in their order; things are numbered by it."""

    def __len__(self) -> int: ...
    def find(self, value: Any, /) -> int: ...
    def take(self, rows: I64, /) -> list[Any]: ...


@dataclass(frozen=True)
class IntIds:
    """64-bit ids in ascending order."""

    values: I64

    def __len__(self) -> int:
        return len(self.values)

    def find(self, value: int) -> int:
        """Number of an id, or −1. O(log n)."""
        at = int(np.searchsorted(self.values, value))
        return at if at < len(self.values) and self.values[at] == value else -1

    def take(self, rows: I64) -> list[int]:
        """The ids of these numbers."""
        found: list[int] = self.values[rows].tolist()
        return found


@dataclass(frozen=True)
class Holders:
    """Accounts of every holder of one kind: `account[ptr[h]:ptr[h + 1]]`, ascending."""

    id: Ids
    ptr: I64
    account: I32

    def accounts_of(self, holder: Any) -> I32:
        """Numbers of the accounts of a holder. Raises UnknownId. O(log n)."""
        found = number(self.id, holder, "holder")
        return self.account[self.ptr[found] : self.ptr[found + 1]]


@dataclass(frozen=True)
class Media:
    """Things that sign into accounts; every sign-in is an event."""

    id: Ids
    kind: tuple[str, ...]  # names of kinds
    kind_of: I32  # number of the kind of every medium
    blocked: Flags
    uses: Links  # by account; `other` is the medium


@dataclass(frozen=True)
class Loans:
    """Loans as nodes, with their deposits into accounts and the repayments out of accounts."""

    id: Ids
    amount: I64  # minor units
    balance: I64  # minor units
    deposits: Links  # by loan; `other` is the account
    received: Links  # the same by account; `other` is the loan
    repaid: Links  # by account; `other` is the loan


@dataclass(frozen=True, eq=False)
class Network:
    """Everything the reads walk. Nothing in it changes."""

    accounts: Ids
    blocked: Flags
    transfers: Rows  # sorted
    withdrawals: Rows  # sorted; from an account to the card it is paid out to
    persons: Holders
    companies: Holders
    media: Media
    loans: Loans

    @cached_property
    def out(self) -> Links:
        """Transfers by payer."""
        return leaving(len(self.accounts), self.transfers)

    @cached_property
    def into(self) -> Links:
        """Transfers by payee."""
        return entering(len(self.accounts), self.transfers)

    @cached_property
    def withdrawn_into(self) -> Links:
        """Withdrawals by the card they are paid out to."""
        return entering(len(self.accounts), self.withdrawals)

    @cached_property
    def spent(self) -> Links:
        """Transfers and withdrawals by payer."""
        return leaving(len(self.accounts), self.transfers.joined(self.withdrawals))

    def account(self, account_id: Any) -> I32:
        """Number of an account, as an array of one. Raises UnknownId. O(log n)."""
        return np.array([number(self.accounts, account_id, "account")], np.int32)

    def loan(self, loan_id: Any) -> int:
        """Number of a loan. Raises UnknownId. O(log n)."""
        return number(self.loans.id, loan_id, "loan")


def number(ids: Ids, value: Any, what: str) -> int:
    """Number of an id. Raises UnknownId."""
    found = ids.find(value)
    if found < 0:
        raise UnknownId(f"{what} {value!r} is not among the {len(ids):,} that were loaded; check the id and the folder")
    return found
