"""What a plan of holds is made of: where traced money lies, since when, and what is known of the accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import F64, I32, I64
from graphfraud.trace.balances import Balances, Stated, balances
from graphfraud.trace.book import GOES_ON, Book
from graphfraud.trace.hazard import Hazard, history
from graphfraud.trace.result import Trace
from graphfraud.trace.rules import END_CODE, End, Rule


def _nobody() -> I32:
    return np.zeros(0, np.int32)


@dataclass(frozen=True)
class Known:
    """What is known beside the money at the moment `at` (µs).

    referred  accounts referred by then
    like      accounts whose pace the hazard is taken from, beside those that the money reached
    stated    balances that the bank stated: account → (number of the payment, balance after it)
    """

    at: int
    referred: frozenset[int] = frozenset()
    like: I32 = field(default_factory=_nobody)
    stated: Mapping[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """Traced money under one rule that lies in accounts: row of the account, minor units, age in µs."""

    row: I32
    amount: I64
    age: I64

    def total(self, n: int) -> I64:
        """Amount per row."""
        result = np.zeros(n, np.int64)
        np.add.at(result, self.row, self.amount)
        return result

    def weighed(self, n: int, chance: F64) -> F64:
        """Amount per row, each part times its chance."""
        result = np.zeros(n)
        np.add.at(result, self.row, self.amount * chance)
        return result


@dataclass(frozen=True)
class Found:
    """Accounts of a plan: ours that hold traced money (`accounts`), other banks' that it went to (`others`), in order.

    held, arrived  parts under each rule; rows count in accounts and in others
    through        what came into each account, mean over the rules; money that came back counts again
    brought        account → the payment that brought most of it, over all rules
    first, last    account → time of the first and the last payment that brought any, µs
    layers         account → fewest hops from a start under any rule
    money          balances, and what came since the first payment of the traces
    recent_low     lowest balance since some days before that
    """

    book: Book
    known: Known
    accounts: I32
    others: I32
    held: Mapping[Rule, Parts]
    arrived: Mapping[Rule, Parts]
    through: I64
    brought: Mapping[int, int]
    first: Mapping[int, int]
    last: Mapping[int, int]
    layers: Mapping[int, int]
    money: Balances
    recent_low: I64
    hazard: Hazard

    @classmethod
    def of(cls, book: Book, traces: Mapping[Rule, Trace], known: Known, recent_days: int) -> Found:
        """Everything about the accounts of these forward traces, which end at `known.at`."""
        accounts, others = held_accounts(traces), _ended(traces, End.OTHER_BANK)
        carried = _carried(traces)
        brought = {a: min(by, key=lambda f: (-by[f], f)) for a, by in carried.items()}
        first = {a: int(book.flows.time[min(by)]) for a, by in carried.items()}
        last = {a: int(book.flows.time[max(by)]) for a, by in carried.items()}
        through = [sum(carried[a].values()) // len(traces) for a in accounts.tolist()]
        like = np.array([a for a in carried if a >= 0 and book.stop[a] == GOES_ON], np.int32)
        like = np.union1d(like, known.like).astype(np.int32)
        began, stated = min(first.values(), default=known.at), _stated(accounts, known)
        return cls(
            book, known, accounts, others,
            {rule: _parts(t, End.HELD, accounts, known.at) for rule, t in traces.items()},
            {rule: _parts(t, End.OTHER_BANK, others, known.at) for rule, t in traces.items()},
            np.array(through, np.int64), brought, first, last, _layers(traces),
            balances(book, accounts, known.at, began, stated),
            balances(book, accounts, known.at, began - recent_days * DAY, stated).low,
            Hazard.of(history(book, accounts, known.at), history(book, like, known.at)),
        )  # fmt: skip

    @property
    def reached(self) -> I32:
        """Every account that the money reached, in order."""
        return np.array(sorted(a for a in self.layers if a >= 0), np.int32)


def held_accounts(traces: Mapping[Rule, Trace]) -> I32:
    """Our accounts that still hold money of these traces under any rule, in order."""
    return _ended(traces, End.HELD)


def _ended(traces: Mapping[Rule, Trace], end: End) -> I32:
    """Accounts at which money ends for a reason under any rule, in order."""
    found = {account for trace in traces.values() for _, account in trace.ended(end)}
    return np.array(sorted(found), np.int32)


def _parts(trace: Trace, end: End, accounts: I32, at: int) -> Parts:
    rows = np.flatnonzero((trace.stops.end == END_CODE[end]) & (trace.stops.hop >= 0))
    hop = trace.stops.hop[rows]
    row = np.searchsorted(accounts, trace.accounts_of(hop)).astype(np.int32)
    return Parts(row, trace.stops.amount[rows], at - trace.book.flows.time[trace.hops.flow[hop]])


def _carried(traces: Mapping[Rule, Trace]) -> dict[int, dict[int, int]]:
    """Account → payment → what it carried there, over all rules and origins."""
    found: dict[int, dict[int, int]] = {}
    for trace in traces.values():
        account = trace.accounts_of(np.arange(len(trace.hops.flow), dtype=np.int32))
        for a, f, x in zip(account.tolist(), trace.hops.flow.tolist(), trace.hops.carried.tolist(), strict=True):
            mine = found.setdefault(a, {})
            mine[f] = mine.get(f, 0) + x
    return found


def _layers(traces: Mapping[Rule, Trace]) -> dict[int, int]:
    found: dict[int, int] = {}
    for trace in traces.values():
        for account, layer in trace.layers().items():
            found[account] = min(layer, found.get(account, layer))
    return found


def _stated(accounts: I32, known: Known) -> Stated:
    stated = Stated.none(len(accounts))
    for row, account in enumerate(accounts.tolist()):
        stated.flow[row], stated.balance[row] = known.stated.get(account, (-1, 0))
    return stated
