"""The best next data request: which other bank's statement would explain the most money that we lose sight of (调单).

Money that a trace loses to an account of another bank (down), or that came from one (up), would be followed with
that account's statement. Accounts are distinct parts of the money, so the best set of requests is the largest ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphfraud.trace.result import Trace
from graphfraud.trace.rules import END_CODE, End, Rule


@dataclass(frozen=True)
class Request:
    """A statement to ask for. Amounts minor units, under each rule of the traces; times µs."""

    account: int
    bank: str  # '' where it is not known
    amounts: Mapping[Rule, int]
    payments: int
    since: int  # first and last payment of the traces with this account
    until: int
    origins: tuple[int, ...]  # whose money it is, under any rule

    @property
    def low(self) -> int:
        return min(self.amounts.values())

    @property
    def high(self) -> int:
        return max(self.amounts.values())


def next_requests(traces: Mapping[Rule, Trace], bank: Sequence[str] | None = None) -> list[Request]:
    """Accounts of other banks, the one that explains most (on average over the rules, then at least) first.

    `bank`: name of each account's bank; by default as the book has it. Empty without traces. Under every rule the
    amounts add up to what the trace loses to other banks. O(stops).
    """
    amounts: dict[int, dict[Rule, int]] = {}
    payments: dict[int, set[int]] = {}
    origins: dict[int, set[int]] = {}
    for rule, trace in traces.items():
        lost = np.flatnonzero(trace.stops.end == END_CODE[End.OTHER_BANK])
        hop, origin = trace.stops.hop[lost], trace.stops.origin[lost].tolist()
        account = trace.accounts_of(hop)
        rows = zip(account.tolist(), trace.hops.flow[hop].tolist(), trace.stops.amount[lost].tolist(), strict=True)
        for (other, flow, amount), whose in zip(rows, origin, strict=True):
            mine = amounts.setdefault(other, dict.fromkeys(traces, 0))
            mine[rule] += amount
            payments.setdefault(other, set()).add(flow)
            origins.setdefault(other, set()).add(whose)
    found = []
    for other, by_rule in amounts.items():
        book = next(iter(traces.values())).book
        times = [int(book.flows.time[f]) for f in payments[other]]
        name = book.accounts.bank_of(other) if bank is None else bank[other]
        whose = tuple(sorted(origins[other]))
        found.append(Request(other, name, by_rule, len(times), min(times), max(times), whose))
    return sorted(found, key=lambda r: (-sum(r.amounts.values()), -r.low, r.account))


def amounts_by_bank(requests: Sequence[Request]) -> dict[str, dict[Rule, int]]:
    """What each bank's statements would explain under each rule; the bank that explains most comes first."""
    total: dict[str, dict[Rule, int]] = {}
    for r in requests:
        mine = total.setdefault(r.bank, dict.fromkeys(r.amounts, 0))
        for rule, amount in r.amounts.items():
            mine[rule] += amount
    return dict(sorted(total.items(), key=lambda item: (-sum(item[1].values()), -min(item[1].values()), item[0])))


def best_under(candidates: Sequence[Mapping[Rule, int]]) -> list[list[Rule]]:
    """Per candidate the rules under which none explains more than it does, and it explains something."""
    most = {rule: max(a[rule] for a in candidates) for a in candidates[:1] for rule in a}
    return [[rule for rule, amount in a.items() if 0 < amount == most[rule]] for a in candidates]
