"""Hypothesis edges: cash taken out of one account that may be the cash paid into another soon after.

Nothing proves them. They are kept apart from payments, drawn dashed, and never count in a total or in a trace. How
often chance alone makes such an edge is counted on the same cash with its times shuffled (`chance`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET
from graphfraud.core.snapshot import CASH_DESK, I32, I64, Flags
from graphfraud.trace.book import Book

UNKNOWN_PLACE = -1
#: Codes of the terminals or places of payments: an array over all payments, or what gives them for some.
Places = I32 | Callable[[I64], I32]


@dataclass(frozen=True)
class CashRule:
    """When cash out and cash in may be the same notes."""

    wait: int = 6 * HOUR  # longest time between them, µs
    kept: float = 0.9  # at least this part of the cash taken out is paid in, and never more than all of it
    elsewhere_wait: int = HOUR  # the same where the places differ or one is not known


@dataclass(frozen=True)
class CashEdge:
    """Cash of payment `taken` that may have become payment `paid`. Wait µs, difference minor units."""

    taken: int
    paid: int
    wait: int
    difference: int
    same_place: bool


@dataclass(frozen=True)
class Chance:
    """How many edges chance makes: sums over `rounds` shuffles.

    `edges`: in all, so that edges ÷ rounds are expected. `as_many`: rounds with at least as many as were found.
    `of`: per cash-out, rounds in which it had one.
    """

    rounds: int
    seed: int
    edges: int
    as_many: int
    of: dict[int, int]


def cash_edges(book: Book, taken: I32, place: Places | None = None, rule: CashRule | None = None) -> list[CashEdge]:
    """For cash-outs (say of a trace's hops that end in cash) the cash-ins that may be theirs, in order of time.

    `place`: code of each payment's terminal or place, UNKNOWN_PLACE where it has none. A cash-in is given to one
    cash-out and a cash-out to one cash-in: pairs at the same place first, then the smaller difference, then the
    shorter wait, then order of payments. Accounts differ, also in holder. O(payments + cash of these days).
    """
    pairs = _pairs(book, taken, place, rule or CashRule())
    return sorted(pairs.edges(book.flows.time[pairs.paid]), key=lambda e: (e.taken, e.paid))


def chance(
    book: Book,
    taken: I32,
    place: Places | None = None,
    rule: CashRule | None = None,
    seeded: tuple[int, int] = (200, 1),
) -> Chance:
    """What cash_edges finds when each cash-in keeps its day, terminal, account and amount, but not its time.

    Every round gives the cash-ins of a day (Asia/Shanghai) each other's times of day at random, so the rhythm of the
    day stays. `seeded`: rounds, seed. Where a day has one cash-in nothing is shuffled, and an edge with it counts as
    chance. O(rounds · pairs + cash-ins of these days).
    """
    rounds, seed = seeded
    pairs = _pairs(book, taken, place, rule or CashRule())
    found = sum(1 for _ in pairs.edges(book.flows.time[pairs.paid]))
    random, days = np.random.default_rng(seed), _day_by_day(book, pairs)
    time = book.flows.time[pairs.paid].copy()
    edges = as_many = 0
    of = dict.fromkeys(sorted({int(f) for f in taken}), 0)
    if not len(pairs.at):
        return Chance(rounds, seed, 0, rounds, of)
    for _ in range(rounds):
        for mine, times in days:  # as shuffling all of the day does to these
            time[mine] = times[random.choice(len(times), len(mine), replace=False)]
        made = list(pairs.edges(time))
        edges += len(made)
        as_many += len(made) >= found
        for edge in made:
            of[edge.taken] += 1
    return Chance(rounds, seed, edges, as_many, of)


@dataclass(frozen=True)
class _Pairs:
    """Cash-outs and the cash-ins that differ by time only: entry i is (taken[i], paid[at[i]])."""

    paid: I64  # cash-ins of the days that are looked at, in order
    out_time: I64
    taken: I64
    at: I64
    difference: I64
    same: Flags
    limit: I64

    def edges(self, time: I64) -> Iterator[CashEdge]:
        """Edges when the cash-ins happen at these times."""
        wait = time[self.at] - self.out_time
        fit = (wait >= 0) & (wait <= self.limit) & ((wait > 0) | (self.paid[self.at] > self.taken))
        rows = np.flatnonzero(fit)
        keys = (self.paid[self.at], self.taken, wait, self.difference, ~self.same)
        used: set[tuple[str, int]] = set()
        for i in rows[np.lexsort([key[rows] for key in keys])].tolist():
            taken, paid = int(self.taken[i]), int(self.paid[self.at[i]])
            if ("out", taken) not in used and ("in", paid) not in used:
                used |= {("out", taken), ("in", paid)}
                yield CashEdge(taken, paid, int(wait[i]), int(self.difference[i]), bool(self.same[i]))


def _pairs(book: Book, taken: I32, place: Places | None, rule: CashRule) -> _Pairs:
    flows = book.flows
    outs = np.unique(np.asarray(taken, np.int64))
    outs = outs[flows.payee[outs] == CASH_DESK]
    paid = _cash_ins(book, flows.time[outs], rule.wait)
    begin, end = _days(flows.time[outs])[0], _days(flows.time[outs] + rule.wait)[1]
    low, high = (np.searchsorted(flows.time[paid], bound) for bound in (begin, end))
    mine = [_fitting(book, (int(out), paid[b:e]), rule) + b for out, b, e in zip(outs, low, high, strict=True)]
    which = np.repeat(np.arange(len(outs)), [len(m) for m in mine])
    at = np.concatenate([np.zeros(0, np.int64), *mine])
    one, other = outs[which], paid[at]
    same = np.zeros(len(at), bool)
    if place is not None:
        here, there = (place(rows) if callable(place) else place[rows] for rows in (one, other))
        same = (here == there) & (here != UNKNOWN_PLACE)
    limit = np.where(same, rule.wait, rule.elsewhere_wait)
    return _Pairs(paid, flows.time[one], one, at, flows.amount[one] - flows.amount[other], same, limit)


def _days(time: I64) -> tuple[I64, I64]:
    """Begin and end of the day (Asia/Shanghai) of each time."""
    begin = (time + SHANGHAI_OFFSET) // DAY * DAY - SHANGHAI_OFFSET
    return begin, begin + DAY


def _cash_ins(book: Book, out_time: I64, wait: int) -> I64:
    """Every cash-in of the days in which cash taken out then could be paid in. O(payments of these days)."""
    time, payer = book.flows.time, book.flows.payer
    begin, end = _days(out_time)[0], _days(out_time + wait)[1]
    spans = zip(np.searchsorted(time, begin), np.searchsorted(time, end), strict=True)
    rows = [np.arange(b, e)[payer[b:e] == CASH_DESK] for b, e in dict.fromkeys((int(b), int(e)) for b, e in spans)]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *rows]))


def _fitting(book: Book, pair: tuple[int, I64], rule: CashRule) -> I64:
    """Which of the cash-ins fit a cash-out in amount and holder."""
    out, paid = pair
    flows, holder = book.flows, book.accounts.holder
    giver, taker = flows.payer[out], flows.payee[paid]
    amount = flows.amount[paid]
    fit = (amount <= flows.amount[out]) & (amount >= rule.kept * int(flows.amount[out])) & (taker != giver)
    if holder[giver] >= 0:
        fit &= holder[taker] != holder[giver]
    return np.flatnonzero(fit)


def _day_by_day(book: Book, pairs: _Pairs) -> list[tuple[I64, I64]]:
    """Per day the cash-ins that are in a pair, and the times of all its cash-ins."""
    time = book.flows.time[pairs.paid]
    day, asked = _days(time)[0], np.unique(pairs.at)
    starts = np.unique(day[asked])
    begin, end = np.searchsorted(day, starts), np.searchsorted(day, starts, "right")
    return [(asked[(asked >= b) & (asked < e)], time[b:e]) for b, e in zip(begin, end, strict=True)]
