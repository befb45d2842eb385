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
    """A statement to ask for. Amounts minor units, over the rules of the traces; times µs."""

    account: int
    bank: str  # '' where it is not known
    low: int
    high: int
    payments: int
    since: int  # first and last payment of the traces with this account
    until: int


def next_requests(traces: Mapping[Rule, Trace], bank: Sequence[str] | None = None) -> list[Request]:
    """Accounts of other banks, the one that explains most (by its lowest amount over the rules, then highest) first.

    `bank`: name of each account's bank. Empty without traces. O(stops).
    """
    amounts: dict[int, dict[Rule, int]] = {}
    payments: dict[int, set[int]] = {}
    for rule, trace in traces.items():
        lost = np.flatnonzero(trace.stops.end == END_CODE[End.OTHER_BANK])
        hop = trace.stops.hop[lost]
        account = trace.accounts_of(hop)
        rows = zip(account.tolist(), trace.hops.flow[hop].tolist(), trace.stops.amount[lost].tolist(), strict=True)
        for other, flow, amount in rows:
            mine = amounts.setdefault(other, dict.fromkeys(traces, 0))
            mine[rule] += amount
            payments.setdefault(other, set()).add(flow)
    found = [_request(next(iter(traces.values())), a, by_rule, payments[a], bank) for a, by_rule in amounts.items()]
    return sorted(found, key=lambda r: (-r.low, -r.high, r.account))


def by_bank(requests: Sequence[Request]) -> dict[str, tuple[int, int]]:
    """Lowest and highest amount that each bank's statements would explain, the most first."""
    total: dict[str, tuple[int, int]] = {}
    for r in requests:
        low, high = total.get(r.bank, (0, 0))
        total[r.bank] = (low + r.low, high + r.high)
    return dict(sorted(total.items(), key=lambda item: (-item[1][0], -item[1][1], item[0])))


def _request(
    trace: Trace, account: int, amounts: Mapping[Rule, int], payments: set[int], bank: Sequence[str] | None
) -> Request:
    times = [int(trace.book.flows.time[f]) for f in payments]
    name = "" if bank is None else bank[account]
    low, high = min(amounts.values()), max(amounts.values())
    return Request(account, name, low, high, len(payments), min(times), max(times))
