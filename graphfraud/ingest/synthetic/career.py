"""What a ring does: cases, and the money of each on its way through the layers, planned payment by payment.

Money that arrives at a member waits until the member moves it: what arrives in the meantime goes with it, so several
victims' money becomes one payment. Amounts are shares of what is there when it moves (settle.py).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from graphfraud.ingest.synthetic.flow import (
    CAPPED,
    CASH,
    COUNTER,
    DAY,
    FIXED,
    FRAUD,
    MOBILE,
    ONLINE,
    PROBE,
    QR,
    SWEEP,
    YUAN,
    Flow,
    among,
    by_day,
)
from graphfraud.ingest.synthetic.people import People
from graphfraud.ingest.synthetic.rings import FRONT, Ring

_NOTES = 5_000 * YUAN  # a courier draws no more at once


class Step(NamedTuple):
    """A planned payment: `value` is its amount (FIXED, CAPPED) or its share of a batch (SWEEP)."""

    when: int
    payer: int
    payee: int
    kind: int
    value: int
    unit: int = 1
    batch: int = -1
    channel: int = MOBILE
    tag: int = FRAUD
    case: int = -1


@dataclass
class Ledger:
    """Planned payments of all rings, their cases, the number of the next batch; members of rings are no victims."""

    rows: list[Step] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    batches: int = 0
    mules: frozenset[int] = frozenset()

    def flow(self, random: np.random.Generator) -> Flow:
        """All of it, with remarks like everybody's."""
        table = np.array(self.rows, np.int64).reshape(-1, len(Step._fields)).T
        when, payer, payee, kind, value, unit, batch, channel, tag, case = table
        shared = kind == SWEEP
        return Flow(
            time=when,
            payer=payer.astype(np.int32),
            payee=payee.astype(np.int32),
            amount=np.where(shared, 0, value),
            kind=kind.astype(np.int8),
            share=np.where(shared, value, 0).astype(np.int32),
            unit=unit.astype(np.int32),
            origin=batch,
            channel=channel.astype(np.int8),
            remark=among(random, len(when)),
            tag=tag.astype(np.int8),
            case=case.astype(np.int32),
        )


@dataclass(frozen=True)
class Case:
    """A case: its ring, and when it is reported (−1: never)."""

    ring: int
    reported: int


def careers(who: People, found: list[Ring]) -> tuple[Flow, list[Case]]:
    """The payments that all rings plan, and their cases. O(cases · layers)."""
    random = who.plan.random(30)
    ledger = Ledger(mules=frozenset(m for r in found for m in (*r.members.tolist(), *r.elsewhere.tolist())))
    for ring in found:
        _Career(who, ring, ledger, random).run()
    return ledger.flow(random), ledger.cases


class _Career:
    """One ring at work."""

    def __init__(self, who: People, ring: Ring, ledger: Ledger, random: np.random.Generator) -> None:
        self.who, self.ring, self.ledger, self.random = who, ring, ledger, random
        self.until = dict(zip(ring.members.tolist(), ring.until.tolist(), strict=True))
        self.joined = dict(zip(ring.members.tolist(), ring.joined.tolist(), strict=True))
        self.front = {m for m, r in zip(ring.members.tolist(), ring.role, strict=True) if r == FRONT}
        self.waiting: dict[int, int] = {}  # member → when he moves what he has
        self.nominal: dict[int, float] = {}
        self.queue: list[tuple[int, int, int]] = []
        self.layer = dict(zip(ring.members.tolist(), ring.layer.tolist(), strict=True))
        self.layer |= dict(zip(ring.elsewhere.tolist(), ring.elsewhere_layer.tolist(), strict=True))
        self.away = set(ring.elsewhere.tolist())

    def run(self) -> None:
        """Cases one after the other; money moves in order of time."""
        knobs, random, horizon = self.who.plan.knobs.cases, self.random, self.who.plan.horizon
        count = max(1, int(random.poisson(knobs.per_ring)))
        starts = self.ring.born + (random.random(count) * knobs.life_days * DAY).astype(np.int64)
        self._probe()
        for start in np.sort(by_day(random, starts)).tolist():
            if 0 <= start < horizon:
                self._move(start)
                self._case(start)
        self._move(horizon)

    def _probe(self) -> None:
        """Small test payments between members before they are used."""
        random, active = self.random, [m for m, at in self.layer.items() if at >= 0 and m not in self.away]
        for member in active:
            for _ in range(int(random.poisson(self.who.plan.knobs.rings.probes))):
                other = int(random.choice(active))
                when = self.joined[member] + int(random.exponential(DAY))
                if other != member and 0 <= when < self.who.plan.horizon:
                    amount = int(random.integers(1, 60)) * YUAN
                    self.ledger.rows.append(Step(when, member, other, FIXED, amount, tag=PROBE))

    def _case(self, start: int) -> None:
        """Victims pay collectors."""
        knobs, random, who = self.who.plan.knobs.cases, self.random, self.who
        number = len(self.ledger.cases)
        delay = int(random.lognormal(np.log(knobs.delay_hours * 3600), knobs.delay_spread)) + 1800
        reported = start + delay if random.random() < knobs.reported else -1
        self.ledger.cases.append(Case(self.ring.number, reported))
        collectors = self._usable(0, start, 3)
        for _ in range(1 + int(random.poisson(knobs.victims - 1))):
            victim = self._victim()
            for nth in range(1 + int(random.poisson(knobs.payments - 1))):
                payee = int(random.choice(collectors))
                if random.random() < knobs.anywhere:
                    other = self._usable(int(random.integers(0, self.ring.layers)), start, 1)[0]
                    payee = payee if other in self.away else other
                when = start + nth * int(random.exponential(5_400)) + int(random.integers(0, 3600))
                loss = int(max(50, random.lognormal(np.log(knobs.loss), knobs.loss_spread))) * YUAN
                if random.random() < 0.45:
                    loss = _round(loss)
                if when < who.plan.horizon:
                    self.ledger.rows.append(Step(when, victim, payee, CAPPED, loss, case=number))
                    self._arrive(when, payee, loss)
                if reported >= 0 and random.random() < knobs.abandoned:
                    self.until[payee] = min(self.until[payee], max(reported, start + 3600))

    def _victim(self) -> int:
        who, random = self.who, self.random
        outside = random.random() < who.plan.knobs.cases.victims_outside
        while True:
            victim = int(who.elsewhere(random, 1)[0] if outside else random.choice(who.persons))
            if victim not in self.ledger.mules:
                return victim

    def _usable(self, layer: int, when: int, most: int) -> list[int]:
        """Up to `most` members of a layer who are in use then; the next best one where nobody is."""
        mates = [m for m, at in self.layer.items() if at == layer]
        good = [m for m in mates if m in self.away or self.joined[m] <= when < self.until[m]]
        if not good:
            known = [
                m for m in mates if self.joined[m] <= when
            ]  # never empty: the first of every layer is there from the start
            good = [max(known, key=lambda m: (self.until[m], m))]
        return [int(m) for m in self.random.choice(good, min(most, len(good)), replace=False)]

    def _arrive(self, when: int, member: int, amount: float) -> None:
        """Money has come; the member moves it later, with what comes until then."""
        self.nominal[member] = self.nominal.get(member, 0.0) + amount
        if self.waiting.get(member, -1) > when + 60:
            return
        due = when + self._dwell()
        if self.ring.style.hours > 1:  # who passes money on within the hour does so at night too
            due = int(by_day(self.random, np.array([due]))[0])
        self.waiting[member] = due
        heapq.heappush(self.queue, (due, len(self.ledger.rows), member))

    def _dwell(self) -> int:
        style, random = self.ring.style, self.random
        if random.random() < style.slow:
            wait = random.lognormal(np.log(style.slow_days * DAY), 0.6)
        elif style.gather_hours and random.random() < 0.7:
            wait = style.gather_hours * 3600 * random.uniform(0.5, 1.5)
        else:
            wait = random.lognormal(np.log(style.hours * 3600), style.spread)
        return max(120, int(wait))

    def _move(self, until: int) -> None:
        """Everything that moves before a moment."""
        while self.queue and self.queue[0][0] < until:
            due, _, member = heapq.heappop(self.queue)
            if self.waiting.pop(member, -1) >= 0:
                self._hand_on(due, member)

    def _hand_on(self, when: int, member: int) -> None:
        style, random, layer = self.ring.style, self.random, self.layer[member]
        have, batch = self.nominal.pop(member, 0.0), self.ledger.batches
        self.ledger.batches += 1
        share = random.uniform(style.low, style.high)
        last = layer >= self.ring.layers - 1 or have < 60 * YUAN
        ends = self._exits(member, have) if last else self._next(layer, when, have)
        parts = np.sort(random.dirichlet(np.full(len(ends), 4.0)))[::-1] * share
        unit = _unit(have / len(ends)) if random.random() < style.round else 1
        for (payee, channel), part in zip(ends, parts.tolist(), strict=True):
            steps = max(1, int(np.ceil(have * part / _NOTES))) if payee == CASH else 1
            step = Step(when, member, payee, SWEEP, max(1, int(part / steps * 10_000)), unit, batch, channel)
            for _ in range(steps):
                if when >= self.who.plan.horizon:
                    return
                if not self._unseen(member, payee):
                    self.ledger.rows.append(step._replace(when=when, unit=10_000 if payee == CASH else unit))
                if payee in self.layer:
                    self._arrive(when, payee, have * part)
                when += 60 + int(random.exponential(900))

    def _unseen(self, payer: int, payee: int) -> bool:
        """What a member at another bank draws, or pays to another bank, is not in our books."""
        return payer in self.away and (payee == CASH or payee >= len(self.who) - len(self.who.others))

    def _next(self, layer: int, when: int, have: float) -> list[tuple[int, int]]:
        """Members of the next layer, a few; more where there is more money."""
        fan = 1 + int(self.random.poisson(max(0.0, self.ring.style.fan_out - 1)))
        most = max(1, min(fan, int(have / (60 * YUAN))))
        return [(m, MOBILE) for m in self._usable(layer + 1, when, most)]

    def _exits(self, member: int, have: float) -> list[tuple[int, int]]:
        """How the money leaves: cash, shops, a front, or other banks, payment companies, honest sellers."""
        style, who, random = self.ring.style, self.who, self.random
        if member in self.front:
            return [(int(random.choice(who.groups["supplier"])), ONLINE)]
        ends: list[tuple[int, int]] = []
        for _ in range(1 + int(have > 2_000 * YUAN and random.random() < 0.5)):
            draw = random.random()
            fronts = sorted(self.front - {member})
            if draw < style.cash:
                ends.append((CASH, COUNTER))
            elif draw < style.cash + style.shop:
                ends.append((int(random.choice(who.groups["merchant"])), QR))
            elif draw < style.cash + style.shop + style.front and fronts:
                ends.append((int(random.choice(fronts)), MOBILE))
            else:
                ends.append(self._away())
        return list(dict.fromkeys(ends))

    def _away(self) -> tuple[int, int]:
        """Another bank, a payment company, or a seller who does not know."""
        who, random = self.who, self.random
        draw = random.random()
        if draw < 0.35:
            return int(random.choice(who.groups["pooled"])), ONLINE
        trades = [t for t in who.plan.knobs.trades if t in who.groups]
        if draw < 0.6 and trades:
            return int(random.choice(who.groups[str(random.choice(trades))])), MOBILE
        return int(who.elsewhere(random, 1)[0]), MOBILE


def _round(amount: int) -> int:
    unit = 100_000 if amount >= 500_000 else 10_000
    return max(amount // unit * unit, 10_000)


def _unit(amount: float) -> int:
    """What a round amount is a multiple of: a tenth to a hundredth of it, at most 1,000 yuan."""
    tenths = int(np.log10(max(amount, 1_000)) - 0.7)
    return min(100_000, int(10**tenths))
