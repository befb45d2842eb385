"""How fast money leaves an account: a hazard by age of the money, from what earlier money did there.

Every inflow of an account counts 1, part by part: a part that left after a wait d (LIFO links) is an event at age d,
a part that is still there is censored at its present age. Over ages cut into bands b the population has
`λ0_b = events_b / time_b`. An account leaves its money `r = (events + κ) / (expected + κ)` times as fast,
`expected = Σ_b λ0_b · its time_b`: indirect standardisation, shrunk to the population (r = 1) as if κ of its inflows
had behaved like everybody's. So λ(age) = r · λ0_band(age), and money of age a is still there after δ with probability
`exp(−∫_a^{a+δ} λ)`. A constant λ would take money that has lain for days for as restless as fresh money.

Source: piecewise exponential survival with gamma frailty (Clayton, Biometrika 65 (1978) 141-151); [own] use for holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.snapshot import F64, I32, I64
from graphfraud.trace.book import Book
from graphfraud.trace.rules import Rule

#: Lower ends of the age bands, µs.
BANDS = np.array([0, HOUR, 6 * HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY], np.int64)
SHRINK = 2.0  # κ, inflows
#: Events and hours of every band that stand in where the population has none: once in ten days.
PRIOR_EVENTS, PRIOR_HOURS = 0.1, 24.0

_Links = tuple[I64, I32, I32, I64, I64, I64, I32, I32, I64]


@dataclass(frozen=True)
class History:
    """Per account (rows) and age band (columns): inflows' worth of money that left, and hours that it lay."""

    events: F64
    hours: F64

    @property
    def inflows(self) -> F64:
        """Inflows' worth of money that has left each account."""
        total: F64 = self.events.sum(axis=1)
        return total


def history(book: Book, accounts: I32, at: int | None = None) -> History:
    """What money did in these accounts up to `at` (µs; None: all that the book has). O(their flows and links)."""
    last = at if at is not None else int(book.flows.time[-1]) if len(book.flows.time) else 0
    lots, flows = book.lots(Rule.LIFO), book.flows
    links = (
        book.events.ptr, book.events.flow, flows.payee, flows.amount, flows.time,
        lots.in_ptr, lots.in_order, lots.outflow, lots.amount,
    )  # fmt: skip
    return History(*_history(np.ascontiguousarray(accounts, np.int32), links, last, BANDS))


@nb.njit(cache=True, nogil=True)
def _lie(hours: F64, row: int, age: int, weight: float, bands: I64) -> int:
    """Add the hours that a part lay, band by band; the band in which it ends."""
    b = 0
    while True:
        end = bands[b + 1] if b + 1 < bands.shape[0] else age
        hours[row, b] += weight * (min(age, max(end, bands[b])) - bands[b]) / 3.6e9
        if b + 1 >= bands.shape[0] or age < bands[b + 1]:
            return b
        b += 1


@nb.njit(cache=True, nogil=True)
def _history(accounts: I32, links: _Links, last: int, bands: I64) -> tuple[F64, F64]:
    ptr, flow, payee, amount, time, in_ptr, in_order, outflow, part = links
    events = np.zeros((accounts.shape[0], bands.shape[0]))
    hours = np.zeros((accounts.shape[0], bands.shape[0]))
    for i in range(accounts.shape[0]):
        v = accounts[i]
        for e in range(ptr[v], ptr[v + 1]):
            f = flow[e]
            if payee[f] != v:
                continue
            if time[f] > last:
                break
            rest = amount[f]
            for k in range(in_ptr[f], in_ptr[f + 1]):
                link = in_order[k]
                g = outflow[link]
                if time[g] > last:
                    continue
                rest -= part[link]
                share = part[link] / amount[f]
                b = _lie(hours, i, time[g] - time[f], share, bands)
                events[i, b] += share
            _lie(hours, i, last - time[f], rest / amount[f], bands)
    return events, hours


@dataclass(frozen=True)
class Hazard:
    """λ per hour: `base[b]` of the population by age band, `pace[i]` times that in account i."""

    base: F64
    pace: F64

    @classmethod
    def of(cls, own: History, population: History) -> Hazard:
        """Of accounts with their own history within a population. O(accounts · bands)."""
        base = (population.events.sum(axis=0) + PRIOR_EVENTS) / (population.hours.sum(axis=0) + PRIOR_HOURS)
        pace = (own.events.sum(axis=1) + SHRINK) / ((own.hours * base).sum(axis=1) + SHRINK)
        return cls(base, pace)

    def cumulative(self, ages: I64) -> F64:
        """∫ of the base hazard from 0 to each age (µs)."""
        edges = np.append(BANDS, np.iinfo(np.int64).max)
        lain = np.clip(ages[:, None] - edges[:-1], 0, edges[1:] - edges[:-1]) / HOUR
        total: F64 = lain @ self.base
        return total

    def stays(self, account: I32, age: I64, delay: int) -> F64:
        """Probability that money of these ages, in these rows, is still there after `delay` (µs). O(parts · bands)."""
        grown = self.cumulative(age + delay) - self.cumulative(age)
        result: F64 = np.exp(-self.pace[account] * grown)
        return result
