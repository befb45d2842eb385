"""Chains: where an account's money came from and where it went, every fen accounted for (algorithms.md §3).

A trace composes LIFO links: a part of a payment is an interval of its minor units, and the links say which
interval of which other payment it was before (up) or became (down). No path is searched. Every branch ends with
a stated reason and `start = Σ ends`, exactly. What limits cut is an end of its own, with its amount and count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import CASH_DESK, I32, I64, OPENING, Snapshot
from graphfraud.trace.rules import Direction, End

Interval = tuple[int, int]  # offset and length inside a payment, minor units


@dataclass(frozen=True)
class ChainLimits:
    """Bounds of a trace; what each cuts is reported."""

    depth: int = 4  # hops
    window_days: float = 7.0  # longest wait between two hops
    min_amount: int = 0  # minor units
    breadth: int = 200  # hops in all
    since: int | None = None  # only money that came in from here on, µs
    until: int | None = None  # … and before here


@dataclass
class Hop:
    """One payment of a chain, and what becomes of the part it carries."""

    number: int
    parent: int  # −1: a payment into the account that is traced
    depth: int
    flow: int
    payer: int  # account number or CASH_DESK
    payee: int
    time: int
    amount: int
    carried: int
    dwell: int  # wait between this payment and its parent; 0 for the first
    parts: list[Interval]
    ends: dict[End, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Chain:
    """A trace: hops in breadth-first order, and totals per end that sum to `start`."""

    account: int
    direction: Direction
    limits: ChainLimits
    start: int
    hops: list[Hop]
    totals: dict[End, int]
    cut: dict[End, int]  # branches that each limit cut

    def children(self, parent: int) -> Iterator[Hop]:
        """Hops that continue a hop (−1: the first ones), largest carried first."""
        found = [h for h in self.hops if h.parent == parent]
        return iter(sorted(found, key=lambda h: (-h.carried, h.flow)))


@dataclass(frozen=True)
class _Step:
    """Money of one hop before or after it: the neighbouring payment, which part of it, and the link's amount."""

    flow: int
    part: Interval


def chain(snapshot: Snapshot, account: int, direction: Direction, limits: ChainLimits) -> Chain:
    """Trace the money that came into an account: up to its sources, or down to where it is now.

    Start: the payments into the account between `since` and `until`, largest first. O(hops · links).
    """
    flows = snapshot.flows
    mine = snapshot.flows_of(account)
    came = mine[flows.payee[mine] == account]
    since = limits.since if limits.since is not None else np.iinfo(np.int64).min
    until = limits.until if limits.until is not None else np.iinfo(np.int64).max
    came = came[(flows.time[came] >= since) & (flows.time[came] < until)]
    order = np.lexsort((came, -flows.amount[came]))
    tracer = _Tracer(snapshot, direction, limits)
    return tracer.run(account, came[order])


class _Tracer:
    """Breadth-first composition of links."""

    def __init__(self, snapshot: Snapshot, direction: Direction, limits: ChainLimits) -> None:
        self.snapshot, self.direction, self.limits = snapshot, direction, limits
        self.hops: list[Hop] = []
        self.cut: dict[End, int] = {}
        self.lost: dict[End, int] = {}  # cut before there was a hop

    def run(self, account: int, came: I32) -> Chain:
        amount = self.snapshot.flows.amount[came]
        queue: deque[Hop] = deque()
        first = min(int((amount >= self.limits.min_amount).sum()), self.limits.breadth)  # came is largest first
        for flow, whole in zip(came[:first].tolist(), amount[:first].tolist(), strict=True):
            hop = self._hop(None, flow, [(0, whole)])
            if hop is not None:
                queue.append(hop)
        small = amount[first:] < self.limits.min_amount
        self._lose(End.SMALL, amount[first:][small])
        self._lose(End.BREADTH, amount[first:][~small])
        while queue:
            queue.extend(self._continue(queue.popleft()))
        totals: dict[End, int] = dict(self.lost)
        for hop in self.hops:
            for end, part in hop.ends.items():
                totals[end] = totals.get(end, 0) + part
        start = int(amount.sum())
        return Chain(account, self.direction, self.limits, start, self.hops, totals, self.cut)

    def _lose(self, end: End, amounts: I64) -> None:
        """Book first payments that a limit cuts, all at once: an account may have a million of them."""
        if len(amounts):
            self.cut[end] = len(amounts)
            self.lost[end] = int(amounts.sum())

    def _hop(self, parent: Hop | None, flow: int, parts: list[Interval]) -> Hop | None:
        """A new hop, or None where a limit cuts it (its money then ends at the parent)."""
        flows, carried = self.snapshot.flows, sum(length for _, length in parts)
        end = self._limit(parent, flow, carried)
        if end is not None:
            self.cut[end] = self.cut.get(end, 0) + 1
            book = self.lost if parent is None else parent.ends
            book[end] = book.get(end, 0) + carried
            return None
        hop = Hop(
            len(self.hops), -1 if parent is None else parent.number, 1 if parent is None else parent.depth + 1,
            flow, int(flows.payer[flow]), int(flows.payee[flow]), int(flows.time[flow]), int(flows.amount[flow]),
            carried, 0 if parent is None else abs(int(flows.time[flow]) - parent.time), parts,
        )  # fmt: skip
        self.hops.append(hop)
        return hop

    def _limit(self, parent: Hop | None, flow: int, carried: int) -> End | None:
        time = self.snapshot.flows.time
        if parent is not None and parent.depth >= self.limits.depth:
            return End.DEPTH
        if parent is not None and abs(int(time[flow]) - parent.time) > self.limits.window_days * DAY:
            return End.WAITED
        if carried < self.limits.min_amount:
            return End.SMALL
        return End.BREADTH if len(self.hops) >= self.limits.breadth else None

    def _continue(self, hop: Hop) -> list[Hop]:
        """The hops that follow, with what ends at this one booked."""
        end = self._terminal(hop.payer if self.direction == "up" else hop.payee)
        if end is not None:
            hop.ends[end] = hop.carried
            return []
        onward: dict[int, list[Interval]] = {}
        left = hop.carried
        for part in hop.parts:
            for step in self._steps(hop.flow, part):
                left -= step.part[1]
                if step.flow >= 0:
                    onward.setdefault(step.flow, []).append(step.part)
                else:
                    source = End.OPENING if step.flow == OPENING else End.UNEXPLAINED
                    hop.ends[source] = hop.ends.get(source, 0) + step.part[1]
        if left:
            hop.ends[End.HELD] = left
        ranked = sorted(onward.items(), key=lambda item: (-sum(p[1] for p in item[1]), item[0]))
        made = [self._hop(hop, flow, parts) for flow, parts in ranked]
        return [h for h in made if h is not None]

    def _terminal(self, account: int) -> End | None:
        accounts = self.snapshot.accounts
        if account == CASH_DESK:
            return End.CASH
        if accounts.pooled[account]:
            return End.POOLED
        return End.MERCHANT if accounts.merchant[account] else None

    def _steps(self, flow: int, part: Interval) -> Iterator[_Step]:
        """Parts of other payments that an interval of this one became (down) or was made of (up)."""
        lots = self.snapshot.lots
        if self.direction == "down":
            links = lots.in_order[lots.in_ptr[flow] : lots.in_ptr[flow + 1]]
            here, there, other = lots.in_offset, lots.out_offset, lots.outflow
        else:
            links = np.arange(lots.out_ptr[flow], lots.out_ptr[flow + 1])
            here, there, other = lots.out_offset, lots.in_offset, lots.inflow
        first = max(0, int(np.searchsorted(here[links], part[0], "right")) - 1)
        for link in links[first:]:
            begin, length = int(here[link]), int(lots.amount[link])
            if begin >= part[0] + part[1]:
                break
            low, high = max(begin, part[0]), min(begin + length, part[0] + part[1])
            if low < high:
                yield _Step(int(other[link]), (int(there[link]) + low - begin, high - low))
