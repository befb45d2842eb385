"""What speaks for the holder of an account that traced money reached (domain.md §7). Traced money is not guilt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET
from graphfraud.core.snapshot import COMPANY, I32, I64, NEVER, OPENING
from graphfraud.trace.book import Book
from graphfraud.trace.rules import Rule


@dataclass(frozen=True)
class Arrival:
    """Traced money that came into an account: the payment that brought most of it, and when the first came."""

    account: int
    flow: int
    first: int  # µs
    at: int  # the moment that is looked at, µs
    layer: int
    through: int  # minor units, over all payments
    held: int  # of it still there


@dataclass(frozen=True)
class Facts:
    """Exculpatory facts of an account. Counts and days are 0 where there is nothing.

    age_days    age of the account when the first traced money came, None where its opening is not known
    prior       payments between the account and the payer of the traced money, long before it
    own_first   savings that it had paid into accounts of the trace before any traced money came: money of its opening
                balance or that had lain for `old_money_days` (LIFO), minor units
    salary      months in which one and the same company paid it regularly
    relayed_e6  share of the traced money that went on, in 1e-6
    lain        time since the first of the traced money came, µs
    layer       fewest hops from a victim's payment
    """

    age_days: int | None
    prior: int
    own_first: int
    salary: int
    relayed_e6: int
    lain: int
    layer: int


@dataclass(frozen=True)
class Bounds:
    """From when on a fact speaks for the holder."""

    old_days: int = 365
    prior_days: int = 30
    old_money_days: int = 7
    salary_months: int = 3
    relayed_share: float = 0.1
    lain_hours: int = 24  # money that came only now has had no time to be relayed

    def speaks(self, facts: Facts) -> list[str]:
        """Names of the facts that speak for the holder, in a fixed order."""
        found = {
            "old": facts.age_days is not None and facts.age_days >= self.old_days,
            "prior": facts.prior > 0,
            "own_first": facts.own_first > 0,
            "salary": facts.salary >= self.salary_months,
            "no_relay": facts.relayed_e6 <= self.relayed_share * 1e6 and facts.lain >= self.lain_hours * HOUR,
        }
        return [name for name, holds in found.items() if holds]


def looks_innocent(speaks: Collection[str], layer: int) -> bool:
    """A good-faith recipient: no relay, and history with the payer, or an old account with a salary or savings of its
    own. Or a victim who was made to relay: an old account on the first layer that had paid its own savings first."""
    known = "prior" in speaks or "old" in speaks or "salary" in speaks
    return ("no_relay" in speaks and known) or (layer == 1 and {"old", "own_first"} <= set(speaks))


def facts(book: Book, arrival: Arrival, reached: I32, bounds: Bounds) -> Facts:
    """Facts of one account that traced money reached; `reached`: sorted accounts of the trace. O(its flows)."""
    v, opened = arrival.account, int(book.accounts.open_time[arrival.account])
    mine = book.flows.time[book.events.flow[book.events.ptr[v] : book.events.ptr[v + 1]]]
    before = book.events.flow[book.events.ptr[v] : book.events.ptr[v] + np.searchsorted(mine, arrival.first)]
    time, payer, payee = (column[before] for column in (book.flows.time, book.flows.payer, book.flows.payee))
    source = int(book.flows.payer[arrival.flow])
    early = time < int(book.flows.time[arrival.flow]) - bounds.prior_days * DAY
    known = early & ((payer == source) | (payee == source)) if source >= 0 else np.zeros(len(before), bool)
    return Facts(
        None if opened == NEVER else max(0, arrival.first - opened) // DAY,
        int(known.sum()),
        _savings(book, before[(payer == v) & np.isin(payee, reached)], bounds.old_money_days * DAY),
        _salary(book, before[payee == v]),
        1_000_000 - arrival.held * 1_000_000 // arrival.through if arrival.through else 0,
        arrival.at - arrival.first,
        arrival.layer,
    )


def _savings(book: Book, outflows: I32, lain: int) -> int:
    """What of these payments came from opening balances or from money that had lain so long (µs). O(links)."""
    lots, time = book.lots(Rule.LIFO), book.flows.time
    first, count = lots.out_ptr[outflows], lots.out_ptr[outflows + 1] - lots.out_ptr[outflows]
    link = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    source, out = lots.inflow[link], np.repeat(outflows, count)
    old = (source >= 0) & (time[out] - time[np.maximum(source, 0)] >= lain)
    return int(lots.amount[link[old | (source == OPENING)]].sum())


def _salary(book: Book, inflows: I32) -> int:
    """Most months in which one company paid, one payment a month at about the same day. O(inflows log inflows)."""
    payer = book.flows.payer[inflows]
    known = payer >= 0
    company = known & (book.accounts.kind[np.where(known, payer, 0)] == COMPANY)
    return max(
        (monthly(book.flows.time[inflows[company & (payer == c)]]) for c in np.unique(payer[company])), default=0
    )


def monthly(times: I64) -> int:
    """Length of the longest run of payments 25 to 35 days apart: months in which something was paid regularly."""
    days = np.unique((times + SHANGHAI_OFFSET) // DAY)
    best = run = min(1, len(days))
    for apart in np.diff(days).tolist():
        run = run + 1 if 25 <= apart <= 35 else 1
        best = max(best, run)
    return best
