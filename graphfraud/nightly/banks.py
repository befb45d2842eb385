"""Which accounts are ours and which are other banks'.

Of another bank's account we see only the payments with our customers, so a trace stops there (*other bank*) and the
next step is to ask that bank. A bank's device logs and cash movements come only for its own customers; that tells
whose accounts are ours where the setting `bank.ours` does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphfraud.core.snapshot import CASH_DESK, UNKNOWN, Accounts, Flags, Flows, Identifiers
from graphfraud.errors import UsageError


@dataclass(frozen=True)
class Sides:
    """What is known of every account beside its bank: whether a feed of accounts has a row for it, and whether it
    has an identifier or cash of its own."""

    stated: Flags
    seen: Flags


def sides(accounts: int, stated: Flags, flows: Flows, identifiers: Identifiers) -> Sides:
    """Sides of every account. O(flows + identifier uses)."""
    seen = np.zeros(accounts, np.bool_)
    seen[identifiers.account] = True
    seen[flows.payee[flows.payer == CASH_DESK]] = True
    seen[flows.payer[flows.payee == CASH_DESK]] = True
    return Sides(stated, seen)


def with_outside(accounts: Accounts, known: Sides, ours: Sequence[str]) -> Accounts:
    """The accounts with `outside` told. Raises UsageError where `ours` names a bank that no account has.

    An account of a named bank is outside if that bank is not ours: one of `ours`, or, where that is empty, a bank of
    which an account was seen; where none was seen, all are ours. An account without a bank is outside only if feeds
    name banks, none has a row for it, and it was not seen. O(accounts).
    """
    named = accounts.bank != UNKNOWN
    our = _ours(accounts, known, ours)
    outside = named & ~our[np.where(named, accounts.bank, 0)] if len(our) else np.zeros(len(accounts), np.bool_)
    if named.any():
        outside |= ~named & ~known.stated & ~known.seen
    return replace(accounts, outside=outside)


def _ours(accounts: Accounts, known: Sides, ours: Sequence[str]) -> Flags:
    """Per bank, whether it is ours."""
    names = list(accounts.banks)
    if not ours:
        count = np.bincount(accounts.bank[known.seen & (accounts.bank != UNKNOWN)], minlength=len(names))
        return np.asarray(count > 0 if count.any() else np.ones(len(names), np.bool_))
    missing = sorted(set(ours) - set(names))
    if missing and names:
        raise UsageError(
            f"the setting bank.ours names {', '.join(missing)}, but no account is of that bank; the accounts are of"
            f" {', '.join(names[:20])}"
        )
    return np.array([name in ours for name in names], np.bool_)


def outside_counts(accounts: Accounts) -> dict[str, Any]:
    """For the manifest: accounts taken as other banks', in all, per bank, and those whose bank no feed names."""
    banks = np.bincount(accounts.bank[accounts.outside & (accounts.bank != UNKNOWN)], minlength=len(accounts.banks))
    per_bank = {name: int(n) for name, n in zip(accounts.banks, banks, strict=True) if n}
    total = int(np.count_nonzero(accounts.outside))
    return {"accounts": total, "banks": per_bank, "unnamed": total - sum(per_bank.values())}
