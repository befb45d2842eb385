"""The behaviour scorecard b: what an account does, without any referral (algorithms.md §4).

Every part saturates linearly between two bounds and brings points; the sum is divided by its 99.9 % quantile
over persons and clipped to [0, 1]. A part that cannot be computed (no flows) brings none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET
from graphfraud.core.links import Links
from graphfraud.core.snapshot import CASH_DESK, F64, I32, I64, NEVER, Flags, Snapshot
from graphfraud.settings import RelaySettings


@dataclass(frozen=True)
class Part:
    """One part of the scorecard: points × clip((value − low)/(high − low))."""

    name: str
    points: float
    low: float
    high: float

    def score(self, value: F64) -> F64:
        return self.points * np.clip((value - self.low) / (self.high - self.low), 0.0, 1.0)


PARTS = (
    Part("relayed_and_passed_on", 2.0, 0.0, 0.3),
    Part("passed_on_24h", 1.5, 0.05, 0.6),
    Part("inflow_relayed", 1.5, 0.0, 0.5),
    Part("outflow_relayed", 1.0, 0.0, 0.5),
    Part("one_time_payers", 1.0, 0.2, 0.9),
    Part("shared_with", 0.5, 2.0, 8.0),
    Part("neighbours_pass_on", 1.0, 0.0, 0.1),
    Part("age_days", 0.5, 180.0, 20.0),
    Part("cash_72h", 0.5, 0.0, 2_000_000.0),
    Part("largest_credit", 0.5, 10.0, 14.0),
    Part("payers_24h", 0.5, 1.0, 4.0),
    Part("night_share", 0.3, 0.02, 0.3),
    Part("imbalance", 0.3, 0.3, 0.0),
)


@dataclass(frozen=True)
class Behaviour:
    """b in [0, 1] per account, and the values of its parts by name."""

    score: F64
    parts: dict[str, F64]
    scale: float  # points that count as 1


@nb.njit(cache=True)
def _flow_sums(n: int, flows: tuple[I64, I32, I32, I64], relayed: F64, person: Flags) -> F64:
    """Rows: inflow, outflow with cash, cash, relayed inflow and outflow, night outflow, largest person credit."""
    time, payer, payee, amount = flows
    total = np.zeros((7, n))
    for f in range(time.shape[0]):
        u, v, x = payer[f], payee[f], float(amount[f])
        if v != CASH_DESK:
            total[0, v] += x
            total[3, v] += x * relayed[f]
            if u != CASH_DESK and person[u]:
                total[6, v] = max(total[6, v], x)
        if u != CASH_DESK:
            if v == CASH_DESK:
                total[2, u] += x
            total[1, u] += x
            total[4, u] += x * relayed[f]
            if (time[f] + SHANGHAI_OFFSET) % DAY < 6 * HOUR:
                total[5, u] += x
    return total


@nb.njit(cache=True)
def _lot_sums(
    flows: tuple[I64, I32, I32], lots: tuple[I32, I32, I64], relayed: F64, person: Flags, decay: float
) -> F64:
    """Rows: relayed in and passed on to persons, person to person within 24 h, person to cash within 72 h."""
    time, payer, payee = flows
    inflow, outflow, part = lots
    total = np.zeros((3, person.shape[0]))
    for i in range(inflow.shape[0]):
        f, g = inflow[i], outflow[i]
        if f < 0:
            continue
        v, dwell, x = payer[g], time[g] - time[f], float(part[i])
        from_person = payer[f] != CASH_DESK and person[payer[f]]
        if payee[g] == CASH_DESK:
            if from_person and dwell <= 72 * HOUR:
                total[2, v] += x
        elif person[payee[g]]:
            total[0, v] += x * relayed[f] * np.exp(-dwell / decay)
            if from_person and dwell <= 24 * HOUR:
                total[1, v] += x
    return total


@nb.njit(cache=True)
def _payers(ptr: I64, flow: I32, flows: tuple[I64, I32, I32, I64], person: Flags) -> tuple[F64, F64]:
    """Amount from persons who paid exactly once; most distinct persons paying within 24 h. O(d log d + window)."""
    time, payer, payee, amount = flows
    n = ptr.shape[0] - 1
    once = np.zeros(n)
    most = np.zeros(n)
    inside = np.zeros(n, np.int32)  # payments of each payer inside the window of the account at hand
    for v in range(n):
        size = 0
        for e in range(ptr[v], ptr[v + 1]):
            f = flow[e]
            if payee[f] == v and payer[f] != CASH_DESK and person[payer[f]]:
                size += 1
        if size == 0:
            continue
        ins = np.empty(size, np.int32)
        k = 0
        for e in range(ptr[v], ptr[v + 1]):
            f = flow[e]
            if payee[f] == v and payer[f] != CASH_DESK and person[payer[f]]:
                ins[k] = f
                inside[payer[f]] += 1
                k += 1
        for f in ins:
            if inside[payer[f]] == 1:
                once[v] += amount[f]
        for f in ins:
            inside[payer[f]] = 0
        first = 0
        distinct = 0
        for f in ins:
            inside[payer[f]] += 1
            distinct += inside[payer[f]] == 1
            while time[f] - time[ins[first]] > 24 * HOUR:
                inside[payer[ins[first]]] -= 1
                distinct -= inside[payer[ins[first]]] == 0
                first += 1
            most[v] = max(most[v], distinct)
        for f in ins:
            inside[payer[f]] = 0
    return once, most


def _share(part: F64, whole: F64) -> F64:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _neighbours(n: int, links: Links, value: F64) -> tuple[F64, F64]:
    """Accounts of other holders sharing a device or phone, and the mean of `value` over them."""
    pairs = links.pairs(n)
    count = (np.bincount(pairs.a, minlength=n) + np.bincount(pairs.b, minlength=n)).astype(np.float64)
    total = np.bincount(pairs.a, value[pairs.b], n) + np.bincount(pairs.b, value[pairs.a], n)
    return count, _share(total.astype(np.float64), count)


def behaviour(snapshot: Snapshot, relayed: F64, links: Links, settings: RelaySettings) -> Behaviour:
    """The scorecard of every account. `links` are identifier links with the walk's cap of holders.

    O(flows + links + Σ d log d). Source: algorithms.md §4, measured there on planted worlds.
    """
    accounts, flows, lots = snapshot.accounts, snapshot.flows, snapshot.lots
    n, person = len(accounts), accounts.person
    four = (flows.time, flows.payer, flows.payee, flows.amount)
    inflow, outflow, _, relayed_in, relayed_out, night, largest = _flow_sums(n, four, relayed, person)
    decay = settings.walk_decay_hours * HOUR
    passed, quick, to_cash = _lot_sums(four[:3], (lots.inflow, lots.outflow, lots.amount), relayed, person, decay)
    once, most = _payers(snapshot.events.ptr, snapshot.events.flow, four, person)
    first = _share(passed, inflow)
    shared_with, neighbours = _neighbours(n, links, first)
    known = accounts.open_time != NEVER
    age = np.where(known, (snapshot.as_of - np.where(known, accounts.open_time, 0)) / DAY, np.inf)
    turnover = inflow + outflow
    values = {
        "relayed_and_passed_on": first,
        "passed_on_24h": _share(quick, inflow),
        "inflow_relayed": _share(relayed_in, inflow),
        "outflow_relayed": _share(relayed_out, outflow),
        "one_time_payers": _share(once, inflow),
        "shared_with": shared_with,
        "neighbours_pass_on": neighbours,
        "age_days": np.minimum(age, 1e6),
        "cash_72h": to_cash,
        "largest_credit": np.log1p(largest),
        "payers_24h": most,
        "night_share": _share(night, outflow),
        "imbalance": np.where(turnover > 0, _share(np.abs(inflow - outflow), turnover), 1.0),
    }
    points = np.zeros(n)
    for part in PARTS:
        points += part.score(values[part.name])
    scale = float(np.quantile(points[person], 0.999)) if person.any() else 0.0
    score = np.clip(points / scale, 0.0, 1.0) if scale > 0 else np.zeros(n)
    return Behaviour(score, values, scale)
