"""The envelope: what an account may hold of a victim's money, whichever of the five rules a court takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from graphfraud.trace.attribution import Starts, follow
from graphfraud.trace.book import Book
from graphfraud.trace.result import Trace
from graphfraud.trace.rules import RULES, Direction, End, Limits, Rule

Measure = Literal["held", "through"]
ALL = -1  # Range.origin of all origins together


@dataclass(frozen=True)
class Range:
    """Amounts of one account under every rule, minor units; of one origin or of ALL."""

    account: int
    origin: int
    amounts: Mapping[Rule, int]
    decisive: bool  # nothing under one rule, more than the threshold under another

    @property
    def low(self) -> int:
        return min(self.amounts.values())

    @property
    def high(self) -> int:
        return max(self.amounts.values())


@dataclass(frozen=True)
class Envelope:
    """The traces under every rule and the ranges they span: per account, and per account and origin."""

    traces: Mapping[Rule, Trace]
    accounts: list[Range]  # the highest first
    origins: list[Range]

    @property
    def decisive(self) -> list[Range]:
        """Accounts for which the rule changes the decision."""
        return [r for r in self.accounts if r.decisive]


def envelope(traces: Mapping[Rule, Trace], threshold: int = 0, measure: Measure = "held") -> Envelope:
    """Range of what each account still holds (`held`) or received (`through`) over the rules. O(hops)."""
    by_rule = {rule: _amounts(trace, measure) for rule, trace in traces.items()}
    keys = sorted({key for amounts in by_rule.values() for key in amounts})
    whole: dict[tuple[int, int], dict[Rule, int]] = {}
    for origin, account in keys:
        total = whole.setdefault((ALL, account), dict.fromkeys(by_rule, 0))
        for rule, amounts in by_rule.items():
            total[rule] += amounts.get((origin, account), 0)
    single = {key: {rule: amounts.get(key, 0) for rule, amounts in by_rule.items()} for key in keys}
    return Envelope(traces, _ranges(whole, threshold), _ranges(single, threshold))


def under_all_rules(book: Book, starts: Starts, limits: Limits, direction: Direction = "down") -> dict[Rule, Trace]:
    """The trace under each of the five rules."""
    return {rule: follow(book, starts, rule, limits, direction) for rule in RULES}


def _amounts(trace: Trace, measure: Measure) -> dict[tuple[int, int], int]:
    found = trace.ended(End.HELD) if measure == "held" else trace.through()
    return {(origin, account): amount for (origin, account), amount in found.items() if account >= 0}


def _ranges(amounts: dict[tuple[int, int], dict[Rule, int]], threshold: int) -> list[Range]:
    found = [
        Range(account, origin, by_rule, min(by_rule.values()) == 0 and max(by_rule.values()) > threshold)
        for (origin, account), by_rule in amounts.items()
    ]
    return sorted(found, key=lambda r: (-r.high, -r.low, r.account, r.origin))
