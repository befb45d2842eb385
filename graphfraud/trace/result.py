"""The result of a trace: hops, what followed what, where money stopped; and the proof that nothing is missing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import NamedTuple

import numpy as np

from graphfraud.core.snapshot import I8, I32, I64
from graphfraud.errors import CheckFailed
from graphfraud.trace.book import Book
from graphfraud.trace.rules import CUTS, END_CODE, ENDS, Direction, End, Limits, Rule


class Hops(NamedTuple):
    """One row a hop: a payment as it carries money of one origin at one depth. Parents come before children."""

    origin: I32
    depth: I32  # 1: a start
    flow: I32
    carried: I64  # minor units, > 0


class Steps(NamedTuple):
    """One row a pair of hops: `amount` of hop `parent` went on in (down) or came from (up) hop `child`."""

    parent: I32
    child: I32
    amount: I64


class Stops(NamedTuple):
    """Where money stops. Several rows of a hop may have the same end; `branches` counts the payments a bound cut."""

    origin: I32
    hop: I32  # −1: a start that a bound cut
    end: I8  # number in rules.ENDS
    amount: I64
    branches: I64


@dataclass(frozen=True)
class Coverage:
    """start = held + cash + pooled + merchant + other bank + cut + beyond + unexplained, in minor units.

    Raises CheckFailed where it is not so: a trace that loses a fen is not shown. `cut` is the sum of CUTS, `beyond`
    of what lies before the data (opening balances) and after the horizon.
    """

    start: int
    held: int
    cash: int
    pooled: int
    merchant: int
    other_bank: int
    cut: int
    beyond: int
    unexplained: int

    def __post_init__(self) -> None:
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "start"}
        if sum(parts.values()) != self.start or min(parts.values()) < 0:
            raise CheckFailed(
                f"a trace does not add up: it starts with {self.start} minor units, its parts are {parts}"
            )

    @classmethod
    def of(cls, start: int, ends: dict[End, int]) -> Coverage:
        """From the totals per end."""
        return cls(
            start,
            held=ends.get(End.HELD, 0),
            cash=ends.get(End.CASH, 0),
            pooled=ends.get(End.POOLED, 0),
            merchant=ends.get(End.MERCHANT, 0),
            other_bank=ends.get(End.OTHER_BANK, 0),
            cut=sum(ends.get(end, 0) for end in CUTS),
            beyond=ends.get(End.OPENING, 0) + ends.get(End.BEYOND, 0),
            unexplained=ends.get(End.UNEXPLAINED, 0),
        )


class Hop(NamedTuple):
    """One hop for people; see `Trace.hop`. Times µs, amounts minor units."""

    number: int
    origin: int
    depth: int
    flow: int
    payer: int  # account number or CASH_DESK
    payee: int
    time: int
    amount: int
    carried: int
    dwell: int  # mean wait between this payment and its parents, weighted by amount; 0 for a start
    parents: list[tuple[int, int]]  # hop, amount
    ends: dict[End, int]


@dataclass(frozen=True)
class Trace:
    """A trace under one rule. `started[o]` is the amount that origin o started with."""

    book: Book = field(repr=False)
    rule: Rule
    direction: Direction
    limits: Limits
    started: I64
    hops: Hops
    steps: Steps
    stops: Stops
    coverage: Coverage

    @classmethod
    def of(cls, book: Book, asked: tuple[Rule, Direction, Limits], started: I64, found: Found) -> Trace:
        """Certify what a kernel found. Raises CheckFailed where an origin does not add up."""
        hops, steps, stops = _read(found)
        ended = np.zeros(len(started), np.int64)
        np.add.at(ended, stops.origin, stops.amount)
        wrong = np.flatnonzero(ended != started)
        if len(wrong):
            first = int(wrong[0])
            raise CheckFailed(
                f"a trace does not add up: origin {first} starts with {int(started[first])} minor units,"
                f" its parts are {int(ended[first])}"
            )
        totals = _per_end(stops.end, stops.amount)
        return cls(book, *asked, started, hops, steps, stops, Coverage.of(int(started.sum()), totals))

    @property
    def totals(self) -> dict[End, int]:
        """Amount per end; they sum to the start."""
        return _per_end(self.stops.end, self.stops.amount)

    @property
    def cut(self) -> dict[End, int]:
        """How many payments each bound cut."""
        counts = _per_end(self.stops.end, self.stops.branches)
        return {end: count for end, count in counts.items() if end in CUTS or end == End.BEYOND}

    def accounts_of(self, hop: I32) -> I32:
        """Account that each hop leads to: the payee (down) or the payer (up); CASH_DESK for cash."""
        side = self.book.flows.payee if self.direction == "down" else self.book.flows.payer
        return np.asarray(side[self.hops.flow[hop]], np.int32)

    def ended(self, end: End) -> dict[tuple[int, int], int]:
        """Amount per (origin, account) that stops for this reason at an account: End.HELD is what it still holds."""
        rows = np.flatnonzero((self.stops.end == END_CODE[end]) & (self.stops.hop >= 0))
        return _sums(self.stops.origin[rows], self.accounts_of(self.stops.hop[rows]), self.stops.amount[rows])

    def through(self) -> dict[tuple[int, int], int]:
        """Amount per (origin, account) that the hops brought there; money that comes back counts again."""
        every = np.arange(len(self.hops.flow), dtype=np.int32)
        return _sums(self.hops.origin, self.accounts_of(every), self.hops.carried)

    def held(self) -> dict[int, int]:
        """What each account still holds of all origins."""
        result: dict[int, int] = {}
        for (_, account), amount in self.ended(End.HELD).items():
            result[account] = result.get(account, 0) + amount
        return result

    def layers(self) -> dict[int, int]:
        """Layer of every account that the money reached: its fewest hops, 1 for the receiver of a start."""
        account = self.accounts_of(np.arange(len(self.hops.flow), dtype=np.int32))
        order = np.lexsort((self.hops.depth, account))
        found, first = np.unique(account[order], return_index=True)
        depth = self.hops.depth[order][first]
        return {int(a): int(d) for a, d in zip(found, depth, strict=True) if a >= 0}

    def hop(self, number: int) -> Hop:
        """One hop with its parents and ends. O(steps); use `all_hops` for all of them."""
        steps, stops = np.flatnonzero(self.steps.child == number), np.flatnonzero(self.stops.hop == number)
        return self._made(np.array([number]), steps, stops)[0]

    def all_hops(self) -> list[Hop]:
        """Every hop, parents before children. O(hops + steps + stops)."""
        return self._made(
            np.arange(len(self.hops.flow)), np.arange(len(self.steps.child)), np.arange(len(self.stops.hop))
        )

    def _made(self, numbers: I64, steps: I64, stops: I64) -> list[Hop]:
        """These hops, of the steps that lead to them and the stops at them."""
        flows, flow = self.book.flows, self.hops.flow[numbers]
        payer, payee, time, amount = (c[flow].tolist() for c in (flows.payer, flows.payee, flows.time, flows.amount))
        own = (c[numbers].tolist() for c in (self.hops.origin, self.hops.depth, self.hops.carried))
        came, waited = self._came(steps)
        ends: dict[int, dict[int, int]] = {}
        for hop, end, part in zip(*(c[stops].tolist() for c in self.stops[1:4]), strict=True):
            mine = ends.setdefault(hop, {})
            mine[end] = mine.get(end, 0) + part
        rows = zip(numbers.tolist(), flow.tolist(), payer, payee, time, amount, *own, strict=True)
        return [
            Hop(
                n, origin, depth, f, giver, taker, when, whole, carried,
                waited.get(n, 0) // carried, came.get(n, []), _named(ends.get(n, {})),
            )
            for n, f, giver, taker, when, whole, origin, depth, carried in rows
        ]  # fmt: skip

    def _came(self, steps: I64) -> tuple[dict[int, list[tuple[int, int]]], dict[int, int]]:
        """Per hop its parents with their amounts, and Σ wait · amount. O(steps)."""
        time = self.book.flows.time[self.hops.flow]
        parent, child, amount = (column[steps] for column in self.steps)
        wait = np.abs(time[child] - time[parent]).tolist()
        came: dict[int, list[tuple[int, int]]] = {}
        waited: dict[int, int] = {}
        for p, c, x, w in zip(parent.tolist(), child.tolist(), amount.tolist(), wait, strict=True):
            came.setdefault(c, []).append((p, x))
            waited[c] = waited.get(c, 0) + w * x
        return came, waited


#: What a kernel returns: the columns of Hops, Steps and Stops as rows of an array each.
Found = tuple[I64, I64, I64]


def _read(found: Found) -> tuple[Hops, Steps, Stops]:
    h, s, e = found
    return (
        Hops(h[0].astype(np.int32), h[1].astype(np.int32), h[2].astype(np.int32), h[3]),
        Steps(s[0].astype(np.int32), s[1].astype(np.int32), s[2]),
        Stops(e[0].astype(np.int32), e[1].astype(np.int32), e[2].astype(np.int8), e[3], e[4]),
    )


def _sums(origin: I32, account: I32, amount: I64) -> dict[tuple[int, int], int]:
    """Amount per (origin, account), in that order. O(n log n)."""
    order = np.lexsort((account, origin))
    o, a, x = origin[order], account[order], amount[order]
    new = np.flatnonzero(np.r_[True, (o[1:] != o[:-1]) | (a[1:] != a[:-1])]) if len(o) else np.zeros(0, np.int64)
    sums = np.add.reduceat(x, new).tolist() if len(o) else []
    return dict(zip(zip(o[new].tolist(), a[new].tolist(), strict=True), sums, strict=True))


def _per_end(end: I8, amount: I64) -> dict[End, int]:
    totals = np.zeros(len(ENDS), np.int64)
    np.add.at(totals, end, amount)
    return {ENDS[code]: total for code, total in enumerate(totals.tolist()) if total}


def _named(amounts: dict[int, int]) -> dict[End, int]:
    """Ends by number as ends, in their order."""
    return {ENDS[code]: amounts[code] for code in sorted(amounts) if amounts[code]}
