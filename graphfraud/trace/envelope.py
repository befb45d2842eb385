"""The envelope: what an account may hold of a victim's money, whichever of the five rules a court takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from graphfraud.trace.attribution import Starts, follow
from graphfraud.trace.book import Book
from graphfraud.trace.result import Trace
from graphfraud.trace.rules import RULES, Direction, End, Limits, Rule

Measure = Literal["held", "through"]
ALL = -1  # Range.origin of all origins together, Range.account of all accounts together


@dataclass(frozen=True)
class Range:
    """Amounts under every rule, minor units: of one account or of ALL, of the money of one origin or of ALL."""

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
    """The traces under every rule and the ranges they span."""

    traces: Mapping[Rule, Trace]
    threshold: int
    measure: Measure
    accounts: list[Range]  # per account, the highest first

    @cached_property
    def origins(self) -> list[Range]:
        """Per account and origin, the highest first. O(origins · accounts)."""
        return _ranges(_table({r: _amounts(t, self.measure) for r, t in self.traces.items()}), self.threshold)

    @cached_property
    def victims(self) -> list[Range]:
        """Per origin, all accounts together: what is left of a victim's payment. In order of origin."""
        sums = {rule: _summed(_amounts(t, self.measure), 0) for rule, t in self.traces.items()}
        every = len(next(iter(self.traces.values())).started) if self.traces else 0
        whole = {(o, ALL): {rule: amounts.get((o, ALL), 0) for rule, amounts in sums.items()} for o in range(every)}
        return sorted(_ranges(whole, self.threshold), key=lambda r: r.origin)

    @property
    def decisive(self) -> list[Range]:
        """Accounts for which the rule changes the decision."""
        return [r for r in self.accounts if r.decisive]


def envelope(traces: Mapping[Rule, Trace], threshold: int = 0, measure: Measure = "held") -> Envelope:
    """Range of what each account still holds (`held`) or received (`through`) over the rules. O(hops)."""
    sums = {rule: _summed(_amounts(trace, measure), 1) for rule, trace in traces.items()}
    return Envelope(traces, threshold, measure, _ranges(_table(sums), threshold))


def under_all_rules(book: Book, starts: Starts, limits: Limits, direction: Direction = "down") -> dict[Rule, Trace]:
    """The trace under each of the five rules."""
    return {rule: follow(book, starts, rule, limits, direction) for rule in RULES}


def _amounts(trace: Trace, measure: Measure) -> dict[tuple[int, int], int]:
    found = trace.ended(End.HELD) if measure == "held" else trace.through()
    return {(origin, account): amount for (origin, account), amount in found.items() if account >= 0}


def _summed(amounts: dict[tuple[int, int], int], side: int) -> dict[tuple[int, int], int]:
    """Sums over all accounts (side 0) or over all origins (side 1)."""
    result: dict[tuple[int, int], int] = {}
    for key, amount in amounts.items():
        whole = (key[0], ALL) if side == 0 else (ALL, key[1])
        result[whole] = result.get(whole, 0) + amount
    return result


def _table(by_rule: dict[Rule, dict[tuple[int, int], int]]) -> dict[tuple[int, int], dict[Rule, int]]:
    """Amounts under every rule per key; 0 where a rule has none."""
    keys = dict.fromkeys(key for amounts in by_rule.values() for key in amounts)
    return {key: {rule: amounts.get(key, 0) for rule, amounts in by_rule.items()} for key in keys}


def _ranges(amounts: dict[tuple[int, int], dict[Rule, int]], threshold: int) -> list[Range]:
    found = [
        Range(account, origin, by_rule, min(by_rule.values()) == 0 and max(by_rule.values()) > threshold)
        for (origin, account), by_rule in amounts.items()
    ]
    return sorted(found, key=lambda r: (-r.high, -r.low, r.account, r.origin))
