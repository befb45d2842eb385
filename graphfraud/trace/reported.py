"""The payments that make up what victims of a case reported, one origin a referral."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from graphfraud.core.snapshot import I32, Referrals
from graphfraud.errors import UnknownId, UsageError
from graphfraud.trace.attribution import Starts
from graphfraud.trace.book import Book


@dataclass(frozen=True)
class Reported:
    """What a case rests on at a moment. Origins of `starts` are `rows` of the referrals.

    referred  accounts that any case had referred by then, in order
    """

    rows: tuple[int, ...]
    starts: Starts
    referred: I32


def reported(book: Book, referrals: Referrals, case_no: str | None, at: int) -> Reported:
    """Payments reported in a case (None: in all) by `at`, µs. One reported twice counts once, for the first referral.

    Raises UnknownId for a case that has no referral by then, UsageError where no payment could be identified.
    O(referrals + flows of their accounts).
    """
    mine = referrals.referred_at <= at
    known = np.unique(referrals.account[mine])
    if case_no is not None:
        mine = mine & pc.equal(referrals.case.arrow(), case_no).to_numpy(zero_copy_only=False)
        if not mine.any():
            raise UnknownId(f"no referral of case {case_no!r} stands here; check the number, or refer its accounts")
    taken: set[int] = set()
    origins: dict[int, list[int]] = {}
    for row in np.flatnonzero(mine & (referrals.victim_flow >= 0)).tolist():
        new = [f for f in _payments(book, referrals, row) if f not in taken and book.flows.time[f] <= at]
        if new:
            origins[row] = new
            taken.update(new)
    if not origins:
        raise UsageError(
            f"no victim's payment of {'any case' if case_no is None else f'case {case_no!r}'} could be identified among"
            " the payments known here; refer its accounts with --victim-payment, or trace what came into an account"
        )
    return Reported(tuple(origins), Starts.of(book, list(origins.values())), known.astype(np.int32))


def _payments(book: Book, referrals: Referrals, row: int) -> list[int]:
    """The reported payment, and where more was reported than it, the same payer's next ones to the account up to the
    referral, as long as their sum does not exceed the reported amount."""
    first, flows = int(referrals.victim_flow[row]), book.flows
    rest = int(referrals.victim_amount[row]) - int(flows.amount[first])
    payer, payee = int(flows.payer[first]), int(flows.payee[first])
    found = [first]
    if rest <= 0 or payee < 0:
        return found
    mine = book.events.flow[book.events.ptr[payee] : book.events.ptr[payee + 1]]
    later = mine[(mine > first) & (flows.payer[mine] == payer) & (flows.time[mine] <= referrals.referred_at[row])]
    for flow in later.tolist():
        amount = int(flows.amount[flow])
        if amount <= rest:
            found.append(flow)
            rest -= amount
    return found
