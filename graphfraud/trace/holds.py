"""Which holds would save most: an ordered plan over the accounts that still hold traced money (algorithms.md §3).

Per account, in minor units, over the five rules with traced amounts `t` (never above the known balance):

    recoverable  mean of t over the rules, rounded down; low and high beside it. Under every rule the traced amounts of
                 all accounts are parts of one start, so what a plan recovers never adds up to more than the start
    λ            outflow hazard per hour over the delay δ (at least one hour), in 1e-6: `−ln(Σ m·s/Σ m)/δ` over the
                 held parts m of all rules, s the chance that a part of its age stays in this account (hazard.py)
    expected     ⌊recoverable · e^(−λδ)⌋
    further      money that is likely of the same fraud but that nobody has reported: what came in since the case began
                 and is still there, beyond the recoverable, times √(traced share of what came in since), times
                 e^(−a/fresh_days), a the time since traced money last came in
    amount       what the hold would take. Whole: the balance. Partial: where the holder looks innocent, the most that a
                 rule traces here. Where the case's money, further money included, is less than `proportion` of the
                 balance: in an account that it has not come into for `fresh_days`, that money; in an old or a company's
                 account also what came in from `recent_days` before the case began and is still there
    collateral   amount − recoverable: innocent money touched
    marginal     ⌊expected + w_f·further·e^(−λδ) − w_c·collateral⌋: the net gain of this hold beside those above it.
                 Money held in different accounts is disjoint, so no hold takes from another one; what accounts
                 upstream may still send is not counted. A hold of the traced money only gains nothing of `further`

A plan is in order of falling marginal, then expected, then account. Of another bank's account only the arrivals are
known: t is what arrived, `recoverable` what the pace of the case's accounts leaves of it.

[own]; evaluate/holds.py says how it is measured. w_f, w_c and the bounds are settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, floor, log, sqrt

import numpy as np

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.snapshot import COMPANY, F64, I64
from graphfraud.errors import UsageError
from graphfraud.trace.book import Book
from graphfraud.trace.held import Found, Known, Parts
from graphfraud.trace.innocence import Arrival, Bounds, Facts, facts, looks_innocent
from graphfraud.trace.result import Trace
from graphfraud.trace.rules import Rule

LONGEST_DELAY = 30 * DAY
#: Hold.partial of a hold that takes less than the balance.
INNOCENT, PROPORTION, STALE = "innocent", "proportion", "stale"
MILLION = 1_000_000


@dataclass(frozen=True)
class HoldTerms:
    """How a plan weighs. `delay`: µs until holds take effect; weights in yuan of gain per yuan."""

    delay: int = HOUR
    further_weight: float = 0.5
    collateral_weight: float = 0.0002
    proportion: float = 0.01  # recoverable and further, as a share of the balance, below which a hold is partial
    fresh_days: int = 7  # after such a wait what came in counts 1/e as further money
    recent_days: int = 30  # money that came in so long before the case began is part of such a hold
    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        if not 0 <= self.delay <= LONGEST_DELAY:
            raise UsageError("the delay until a hold takes effect is from 0 to 30 days, for example --delay 1h")

    @property
    def span(self) -> int:
        """Time over which a hazard is taken, µs."""
        return max(self.delay, HOUR)


@dataclass(frozen=True)
class Hold:
    """One account of a plan; the module says what the amounts are. Another bank's account has no balance, no facts."""

    account: int
    layer: int
    ours: bool
    traced: Mapping[Rule, int]
    recoverable: int
    hazard_e6: int
    expected: int
    loss_per_hour: int  # what an hour of delay costs of the recoverable, on average over the span
    further: int
    balance: int | None
    left: int  # everything that left the account, and what of it left beyond the known balance
    unexplained: int
    amount: int
    collateral: int
    marginal: int
    partial: str  # '' for a whole hold, else why only a part: innocent | proportion | stale
    facts: Facts | None
    speaks: tuple[str, ...]  # names of the facts that speak for the holder
    flow: int  # the payment that brought most of the traced money: what an order names

    @property
    def low(self) -> int:
        return min(self.traced.values())

    @property
    def high(self) -> int:
        return max(self.traced.values())

    @property
    def unknown_e6(self) -> int:
        """Share of what left that no known inflow explains, in 1e-6: how far the balance is a guess."""
        return self.unexplained * MILLION // self.left if self.left else 0

    @property
    def decisive(self) -> bool:
        """Nothing under one rule, something under another: the rule changes the decision."""
        return self.low == 0 < self.high


def plan(book: Book, traces: Mapping[Rule, Trace], known: Known, terms: HoldTerms | None = None) -> list[Hold]:
    """Accounts that still hold money of these forward traces, and other banks' accounts that it went to, best first.

    The traces must end at `known.at` (Limits.horizon). Empty where nothing is left. O(hops + flows of the accounts).
    """
    terms = terms or HoldTerms()
    found = Found.of(book, traces, known, terms.recent_days)
    ours, others = _ours_stay(found, terms), _others_stay(found, terms)
    holds = [_ours(found, row, ours[row], terms) for row in range(len(found.accounts))]
    holds += [_elsewhere(found, row, others[row], terms) for row in range(len(found.others))]
    return sorted(holds, key=lambda h: (-h.marginal, -h.expected, h.account))


@dataclass(frozen=True)
class _Stay:
    """Traced money of one account under each rule, what is there of it on the mean, and how fast it goes."""

    traced: Mapping[Rule, int]
    recoverable: int
    hazard_e6: int

    @classmethod
    def of(cls, traced: Mapping[Rule, int], recoverable: int, now: float, then: float, span: int) -> _Stay:
        """`now`, `then`: what is there before and after a span (µs), in any unit."""
        rate = log(now / then) / (span / HOUR) if now > then > 0 else 0.0
        return cls(traced, recoverable, round(rate * MILLION))

    def share(self, delay: int) -> float:
        """Share that is expected to be there after a delay (µs)."""
        return exp(-self.hazard_e6 / MILLION * (delay / HOUR))

    def after(self, delay: int) -> int:
        return floor(self.recoverable * self.share(delay))

    def loss_per_hour(self, span: int) -> int:
        return (self.recoverable - self.after(span)) * HOUR // span


def _ours_stay(found: Found, terms: HoldTerms) -> list[_Stay]:
    n, parts = len(found.accounts), found.held
    total = {rule: np.minimum(p.total(n), found.money.amount) for rule, p in parts.items()}
    mean = np.sum([*total.values(), np.zeros(n, np.int64)], axis=0) // max(len(parts), 1)
    now = _weighed(parts, {r: np.ones(len(p.row)) for r, p in parts.items()}, n)
    then = _weighed(parts, {r: found.hazard.stays(p.row, p.age, terms.span) for r, p in parts.items()}, n)
    return _stays(total, mean, now, then, terms)


def _others_stay(found: Found, terms: HoldTerms) -> list[_Stay]:
    """At the pace of the case's accounts, since the money arrived."""
    n, parts = len(found.others), found.arrived
    total = {rule: p.total(n) for rule, p in parts.items()}
    lain = {r: found.hazard.cumulative(p.age) for r, p in parts.items()}
    later = {r: found.hazard.cumulative(p.age + terms.span) for r, p in parts.items()}
    now = _weighed(parts, {r: np.exp(-c) for r, c in lain.items()}, n)
    then = _weighed(parts, {r: np.exp(-c) for r, c in later.items()}, n)
    return _stays(total, (now / max(len(parts), 1)).astype(np.int64), now, then, terms)


def _weighed(parts: Mapping[Rule, Parts], chance: Mapping[Rule, F64], n: int) -> F64:
    result = np.zeros(n)
    for rule, part in parts.items():
        result += part.weighed(n, chance[rule])
    return result


def _stays(total: Mapping[Rule, I64], mean: I64, now: F64, then: F64, terms: HoldTerms) -> list[_Stay]:
    return [
        _Stay.of({r: int(t[i]) for r, t in total.items()}, int(mean[i]), float(now[i]), float(then[i]), terms.span)
        for i in range(len(mean))
    ]


def _ours(found: Found, row: int, stay: _Stay, terms: HoldTerms) -> Hold:
    account, money = int(found.accounts[row]), found.money
    known = _facts(found, row, stay, terms.bounds)
    speaks = tuple(terms.bounds.speaks(known))
    balance = int(money.amount[row])
    further = _further(found, row, stay.recoverable, terms)
    partial = "" if account in found.known.referred else _partial(found, row, known, stay.recoverable + further, terms)
    if partial == INNOCENT:
        further = 0
    amount = balance
    if partial:
        amount = max(*stay.traced.values(), stay.recoverable + further)
    if partial == PROPORTION:
        amount = max(amount, balance - int(found.recent_low[row]))
    return Hold(
        account, found.layers[account], True, stay.traced, stay.recoverable, stay.hazard_e6,
        stay.after(terms.delay), stay.loss_per_hour(terms.span), further,
        balance, int(money.left[row]), int(money.unexplained[row]),
        amount, amount - stay.recoverable, _marginal(stay, further, amount, terms),
        partial, known, speaks, found.brought[account],
    )  # fmt: skip


def _elsewhere(found: Found, row: int, stay: _Stay, terms: HoldTerms) -> Hold:
    account, amount = int(found.others[row]), max(stay.traced.values())
    return Hold(
        account, found.layers[account], False, stay.traced, stay.recoverable, stay.hazard_e6,
        stay.after(terms.delay), stay.loss_per_hour(terms.span), 0, None, 0, 0,
        amount, amount - stay.recoverable, _marginal(stay, 0, amount, terms), "", None, (), found.brought[account],
    )  # fmt: skip


def _facts(found: Found, row: int, stay: _Stay, bounds: Bounds) -> Facts:
    account = int(found.accounts[row])
    through = int(found.through[row])
    when = (found.first[account], found.known.at)
    held = min(stay.recoverable, through)
    arrival = Arrival(account, found.brought[account], *when, found.layers[account], through, held)
    return facts(found.book, arrival, found.reached, bounds)


def _partial(found: Found, row: int, known: Facts, likely: int, terms: HoldTerms) -> str:
    """Why only a part should be held, '' where the whole balance."""
    if looks_innocent(terms.bounds.speaks(known), known.layer):
        return INNOCENT
    if likely >= terms.proportion * int(found.money.amount[row]):
        return ""
    if _since(found, row) > terms.fresh_days * DAY:
        return STALE
    company = found.book.accounts.kind[found.accounts[row]] == COMPANY
    return PROPORTION if company or "old" in terms.bounds.speaks(known) else ""


def _since(found: Found, row: int) -> int:
    """Time since traced money last came into an account, µs."""
    return found.known.at - found.last[int(found.accounts[row])]


def _further(found: Found, row: int, recoverable: int, terms: HoldTerms) -> int:
    fresh = int(found.money.amount[row] - found.money.low[row])
    came, through = int(found.money.came[row]), int(found.through[row])
    share = min(1.0, through / came) if came else 0.0
    faded = exp(-_since(found, row) / (terms.fresh_days * DAY))
    return floor(max(0, fresh - recoverable) * sqrt(share) * faded)


def _marginal(stay: _Stay, further: int, amount: int, terms: HoldTerms) -> int:
    likely = terms.further_weight * further * stay.share(terms.delay)
    return floor(stay.after(terms.delay) + likely - terms.collateral_weight * (amount - stay.recoverable))
