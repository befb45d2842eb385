"""Tracing done slowly: one token per fen under rules of lots, fractions or largest remainders under rules of shares.

Written apart from the kernels: every account is simulated over all payments, nothing is skipped, no offsets, no heap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from snapshot_kit import World, snapshot

from graphfraud.core.money import largest_remainder
from graphfraud.core.snapshot import Snapshot
from graphfraud.trace.book import GOES_ON, Book
from graphfraud.trace.rules import ENDS, End, Limits, Rule

NAMES = ["a", "b", "c", "d"]
payments = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["", *NAMES]), st.sampled_from(["", *NAMES]), st.integers(1, 6))
    .filter(lambda p: p[1] != p[2]),
    min_size=1, max_size=22,
)  # fmt: skip
openings = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 8))
stopping = st.sampled_from([{}, {"d": End.POOLED}, {"d": End.MERCHANT}, {"c": End.OTHER_BANK}])
bounds = st.builds(
    Limits, depth=st.integers(1, 5) | st.just(50), window=st.integers(0, 20).map(lambda h: h * 3_600_000_000),
    breadth=st.just(10**6), horizon=st.none(),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A small world as a book, and the origins to trace."""

    world: Snapshot
    book: Book
    origins: list[list[int]]

    def __repr__(self) -> str:
        flows, name = self.world.flows, self.world.accounts.id
        sides = [["" if v < 0 else name[v] for v in side.tolist()] for side in (flows.payer, flows.payee)]
        moves = list(zip(flows.time.tolist(), *sides, flows.amount.tolist(), strict=True))
        opening = dict(zip(name, self.world.accounts.opening_balance.tolist(), strict=True))
        return f"{moves=} {opening=} stop={self.book.stop.tolist()} origins={self.origins}"


@st.composite
def cases(draw: Any, scale: int = 1) -> Case:
    """Small worlds with up to three origins of up to two payments each."""
    moves = [(t, a, b, x * scale) for t, a, b, x in draw(payments)]
    opening = {name: x * scale for name, x in draw(openings).items()}
    case = case_of(moves, opening, draw(stopping))
    flows = draw(st.permutations(range(len(case.world.flows.time))))
    sizes = draw(st.lists(st.integers(1, 2), min_size=1, max_size=3))
    origins, at = [], 0
    for size in sizes:
        if flows[at : at + size]:
            origins.append(sorted(flows[at : at + size]))
        at += size
    return Case(case.world, case.book, origins)


def case_of(moves: Sequence[Any], opening: dict[str, int] | None = None, stops: dict[str, End] | None = None) -> Case:
    """A world from payments (hour, payer, payee, amount), opening balances and accounts where money stops."""
    stops = stops or {}
    kinds = {e: frozenset(n for n, end in stops.items() if end == e) for e in End}
    pooled, merchants, outside = kinds[End.POOLED], kinds[End.MERCHANT], kinds[End.OTHER_BANK]
    world = snapshot(
        World(moves, opening=opening or {}, extra=NAMES, pooled=pooled, merchants=merchants, outside=outside)
    )
    return Case(world, Book.of(world), [])


@dataclass
class Expected:
    """Amount per (origin, depth, payment), and per (origin, end, account the last hop led to; None before a hop)."""

    hops: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    ends: Counter[tuple[int, End, int | None]] = field(default_factory=Counter)

    def end(self, origin: int, end: End, account: int | None, amount: Any) -> None:
        if amount:
            self.ends[origin, end, account] += amount


def found(trace: Any) -> Expected:
    """The same of a trace."""
    result = Expected()
    for o, d, f, x in zip(*(column.tolist() for column in trace.hops), strict=True):
        result.hops[o, d, f] += x
    account = trace.accounts_of(np.arange(len(trace.hops.flow)))
    for o, h, e, x, _ in zip(*(column.tolist() for column in trace.stops), strict=True):
        result.end(o, ENDS[e], None if h < 0 else int(account[h]), x)
    return result


def _flow(world: Snapshot, f: int) -> tuple[int, int, int, int]:
    flows = world.flows
    return int(flows.time[f]), int(flows.payer[f]), int(flows.payee[f]), int(flows.amount[f])


def _stop(book: Book, account: int) -> End | None:
    if account < 0:
        return End.CASH
    return None if book.stop[account] == GOES_ON else ENDS[book.stop[account]]


def token_trace(case: Case, rule: Rule, limits: Limits, direction: str) -> Expected:
    """Every fen by itself: its birth and the payments it went through, in order.

    An account holds lots, each the fen of one payment in their order; a lot is used up from its front.
    """
    world = case.world
    lots: dict[int, list[list[tuple[End, list[int]]]]] = defaultdict(list)
    for v in range(len(world.accounts)):
        lots[v] = [[(End.OPENING, []) for _ in range(int(world.accounts.opening_balance[v]))]]
    every = [fen for held in lots.values() for fen in held[0]]
    for f in range(len(world.flows.time)):
        _, payer, payee, amount = _flow(world, f)
        moved = []
        for _ in range(amount):
            lots[payer] = [lot for lot in lots[payer] if lot]
            if payer >= 0 and lots[payer]:
                fen = lots[payer][-1 if rule == Rule.LIFO else 0].pop(0)
            else:
                fen = (End.UNEXPLAINED, [])
                every.append(fen)
            fen[1].append(f)
            moved.append(fen)
        lots[payee].append(moved)
    result = Expected()
    starts = {f: o for o, flows in enumerate(case.origins) for f in flows}
    for birth, route in every:
        for i, f in enumerate(route):
            if f in starts:
                way = route[i:] if direction == "down" else route[i::-1]
                _one_fen(case, (starts[f], way, birth), direction, limits, result)
    return result


def _one_fen(case: Case, fen: tuple[int, list[int], End], direction: str, limits: Limits, result: Expected) -> None:
    """The way of one fen of an origin, until it stops."""
    origin, way, birth = fen
    starts = {f for flows in case.origins for f in flows}
    last = np.inf if limits.horizon is None else limits.horizon
    account, before = None, 0
    for depth, f in enumerate(way, 1):
        time, payer, payee, _ = _flow(case.world, f)
        if time > last and depth > 1:
            break
        cut = End.BEYOND if depth == 1 and time > last else None
        if depth > 1:
            cut = _cut(f, depth, abs(time - before), starts, limits)
        if cut:
            return result.end(origin, cut, account, 1)
        result.hops[origin, depth, f] += 1
        account, before = payee if direction == "down" else payer, time
        if _stop(case.book, account):
            return result.end(origin, _stop(case.book, account), account, 1)
    return result.end(origin, End.HELD if direction == "down" else birth, account, 1)


def _cut(f: int, depth: int, wait: int, starts: set[int], limits: Limits) -> End | None:
    if f in starts:
        return End.RESTARTED
    if depth > limits.depth:
        return End.DEPTH
    return End.WAITED if wait > limits.window else None


Split = Callable[[Any, list[Any]], list[Any]]


def whole(total: int, weights: list[int]) -> list[int]:
    """Shares in minor units."""
    return largest_remainder(total, weights) if total else [0] * len(weights)


def exact(total: Fraction, weights: list[Fraction]) -> list[Fraction]:
    """Shares as fractions."""
    return [Fraction(total) * w / sum(weights) if total else Fraction(0) for w in weights]


def taken(rule: Rule, amount: Any, clean: Any, traced: list[Any], split: Split) -> list[Any]:
    """What a debit takes of clean money (first) and of each origin."""
    balance = clean + sum(traced)
    if amount >= balance:
        return [clean, *traced]
    if rule == Rule.PRO_RATA:
        return split(amount, [clean, *traced])
    out = max(0, amount - clean) if rule == Rule.LIBR else min(amount, sum(traced))
    return [amount - out, *split(out, traced)]


def share_trace(case: Case, rule: Rule, limits: Limits, split: Split) -> Expected:
    """A forward trace by shares: every account over all payments. Layers are [hop, amount] in order of arrival."""
    world, result = case.world, Expected()
    starts = {f: o for o, flows in enumerate(case.origins) for f in flows}
    balance = {v: int(x) for v, x in enumerate(world.accounts.opening_balance)}
    purses: dict[int, dict[int, list[list[Any]]]] = defaultdict(dict)
    last = np.inf if limits.horizon is None else limits.horizon
    for f in range(len(world.flows.time)):
        time, payer, payee, amount = _flow(world, f)
        if time > last:
            if f in starts:
                result.end(starts[f], End.BEYOND, None, amount)
            continue
        moved: Counter[tuple[int, int, int]] = Counter()
        if payer >= 0:
            purse = purses[payer]
            traced = [sum(layer[1] for layer in layers) for layers in purse.values()]
            parts = taken(rule, amount, balance[payer] - sum(traced), traced, split)[1:] if sum(traced) else []
            for origin, part in zip(purse, parts, strict=False):
                layers = [layer for layer in purse[origin] if layer[1]]
                shares = split(part, [layer[1] for layer in layers]) if part else []
                for layer, share in zip(layers, shares, strict=False):
                    layer[1] -= share
                    _, depth, came = layer[0]
                    cut = _cut(f, depth + 1, time - int(world.flows.time[came]), set(starts), limits)
                    if cut:
                        result.end(origin, cut, payer, share)
                    elif share:
                        moved[origin, depth + 1, f] += share
            balance[payer] = max(0, balance[payer] - amount)
        if f in starts:
            moved[starts[f], 1, f] += amount
        result.hops.update(moved)
        for hop, carried in sorted(moved.items()) if payer < 0 else moved.items():
            stop = _stop(case.book, payee)
            if stop:
                result.end(hop[0], stop, payee, carried)
            else:
                purses[payee].setdefault(hop[0], []).append([hop, carried])
        if payee >= 0:
            balance[payee] += amount
    for account, purse in purses.items():
        for origin, layers in purse.items():
            for layer in layers:
                result.end(origin, End.HELD, account, layer[1])
    return result


def made_of(case: Case, rule: Rule, flow: int, split: Split) -> dict[Any, Any]:
    """What a payment was made of: per inflow of its payer, and End.OPENING or End.UNEXPLAINED."""
    world = case.world
    _, payer, _, _ = _flow(world, flow)
    held: dict[Any, Any] = {End.OPENING: int(world.accounts.opening_balance[payer])}
    for f in world.flows_of(payer).tolist():
        _, source, _, amount = _flow(world, f)
        if source != payer:
            held[f] = amount
            continue
        parts = taken(rule, amount, held[End.OPENING], [x for k, x in held.items() if k != End.OPENING], split)
        result = dict(zip(held, parts, strict=True))
        held = {k: x - result[k] for k, x in held.items()}
        if f == flow:
            return result | {End.UNEXPLAINED: amount - sum(parts)}
    raise AssertionError(flow)


def back_trace(case: Case, rule: Rule, limits: Limits) -> Expected:
    """A reverse trace by shares in fractions: level by level from what each payment was made of."""
    result = Expected()
    starts = {f for flows in case.origins for f in flows}
    for origin, flows in enumerate(case.origins):
        level = {f: Fraction(int(case.world.flows.amount[f])) for f in flows}
        depth = 1
        while level:
            further: dict[int, Fraction] = defaultdict(Fraction)
            for g, asked in level.items():
                time, payer, _, amount = _flow(case.world, g)
                result.hops[origin, depth, g] += asked
                stop = _stop(case.book, payer)
                if stop:
                    result.end(origin, stop, payer, asked)
                    continue
                for source, part in made_of(case, rule, g, exact).items():
                    share = asked * part / amount
                    if isinstance(source, End):
                        result.end(origin, source, payer, share)
                    elif share:
                        wait = time - int(case.world.flows.time[source])
                        cut = End.WAITED if wait > limits.window else _cut(source, depth + 1, wait, starts, limits)
                        if cut:
                            result.end(origin, cut, payer, share)
                        else:
                            further[source] += share
            level, depth = further, depth + 1
    return result
