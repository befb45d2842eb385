"""Features of the learned models: what an account does, and what the accounts around it do. No referral is in them.

The models stay independent of the walk and of the rings: nothing here knows who was referred, what an account scores or
which ring it is in. Every feature states in which direction it may move a score, and why (`FEATURES`); the boosted
trees are fitted under that constraint, so that more of what is suspicious never lowers a score.

Mere sizes (payments, amounts, parties) have no direction and are left out: they taught the trees what one simulation
does, and nothing that held in two (docs/adr/0020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.contacts import since_contact
from graphfraud.core.links import LinkRule, identifier_links
from graphfraud.core.pairs import Pairs
from graphfraud.core.snapshot import F64, I8, I64, NEVER, Snapshot
from graphfraud.models.learned import sums
from graphfraud.models.learned.sums import (
    CASH,
    FIRST,
    IN,
    IN_NEW,
    IN_OTHERS,
    IN_PERSONS,
    IN_RECENT,
    IN_RELAYED,
    LARGEST,
    LAST,
    NIGHT,
    OUT,
    OUT_NEW,
    OUT_OTHERS,
    OUT_PERSONS,
    OUT_RELAYED,
    PASSED_LATER,
    PASSED_NEW,
    PASSED_SOON,
    ROUNDED,
    TO_CASH,
)  # fmt: skip
from graphfraud.settings import Settings

F32 = NDArray[np.float32]
UP, DOWN = 1, -1


@dataclass(frozen=True)
class Feature:
    """One column. `direction`: UP, the score never falls as it grows; DOWN, it never rises."""

    name: str
    direction: int
    why: str


FEATURES: tuple[Feature, ...] = (
    Feature("passed_24h", UP, "share of what persons paid in that went on to persons within a day: relaying"),
    Feature("passed_7d", UP, "… within a week: slow relaying"),
    Feature("passed_new", UP, "… between accounts met less than three days before: nobody's usual life"),
    Feature("cash_72h", UP, "share of what persons paid in that was drawn in cash within three days"),
    Feature("relayed_in", UP, "share of inflow that its payers relayed"),
    Feature("relayed_out", UP, "share of outflow that is relayed"),
    Feature("new_in", UP, "share of persons' inflow from payers just met"),
    Feature("new_out", UP, "share of persons' outflow to payees just met"),
    Feature("largest_new", UP, "ln of the largest payment from a payer just met"),
    Feature("cash_share", UP, "share of outflow in cash"),
    Feature("night_share", UP, "share of outflow between midnight and six"),
    Feature("round_share", UP, "share of outflow in whole thousands"),
    Feature("recent_in", UP, "share of persons' inflow in the last 30 days: a change against its own history"),
    Feature("imbalance", DOWN, "difference of in and out: who keeps money does not pass it on"),
    Feature("from_others", DOWN, "share of inflow from companies: wages and sales"),
    Feature("to_others", DOWN, "share of outflow to companies and merchants: a life is lived on it"),
    Feature("age_days", DOWN, "an old account is seldom sold"),
    Feature("active_days", DOWN, "days between the first and the last move: a history"),
    Feature("sharing", UP, "accounts of other holders on the same devices and phones"),
    Feature("sharing_new", UP, "the same, those that began to share lately counting more"),
    Feature("indicators", UP, "points of indicators that use no referral, ring or trace"),
    Feature("id_mean", UP, "accounts on the same devices and phones: mean of what they relay"),
    Feature("id_max", UP, "… the largest"),
    Feature("id_new", UP, "… mean of what they pass on between accounts just met"),
    Feature("payers_mean", UP, "persons who paid it: mean of what they relay, by amount"),
    Feature("payees_mean", UP, "persons it paid: the same"),
    Feature("money_max", UP, "… the largest among both"),
    Feature("two_hops", UP, "mean of `payees_mean` over the persons it paid: two hops down"),
    Feature("two_hops_up", UP, "mean of `payers_mean` over the persons who paid it: two hops up"),
)
NAMES = tuple(f.name for f in FEATURES)
DIRECTIONS = tuple(f.direction for f in FEATURES)


def features(snapshot: Snapshot, settings: Settings, points: I64) -> F32:
    """One row per account, columns as in FEATURES; NaN where it cannot be said. `points`: see `free_points`.

    Uses nothing later than T and no referral. O(flows + lots + identifier links).
    """
    accounts, flows = snapshot.accounts, snapshot.flows
    n = len(accounts)
    sort: I8 = accounts.person.astype(np.int8)
    columns = (flows.time, flows.payer, flows.payee, flows.amount, flows.tag)
    since = since_contact(n, flows)
    lots = (snapshot.lots.inflow, snapshot.lots.outflow, snapshot.lots.amount)
    passed, relayed = sums.lot_sums(columns, lots, since, sort, settings.relay.walk_decay_hours * HOUR)
    total = sums.flow_sums(columns, since, relayed, sort, snapshot.as_of)
    found = _own(snapshot, total, passed)
    found["indicators"] = points.astype(np.float64)
    relays = _share(passed[PASSED_LATER] + passed[TO_CASH], total[IN_PERSONS], 0.0)
    fresh = _share(passed[PASSED_NEW], total[IN_PERSONS], 0.0)
    found |= _shared(snapshot, settings, relays, fresh)
    found |= _money(columns, np.minimum(relays, 1.0), sort)
    if snapshot.meta.date_only:
        for name in ("passed_24h", "night_share", "cash_72h"):
            found[name] = np.full(n, np.nan)
    matrix = np.empty((n, len(NAMES)), np.float32)
    for j, name in enumerate(NAMES):
        matrix[:, j] = found[name]
    return matrix


def _own(snapshot: Snapshot, total: F64, passed: F64) -> dict[str, F64]:
    """Columns from the account's own flows."""
    accounts, persons, out = snapshot.accounts, total[IN_PERSONS], total[OUT]
    known = accounts.open_time != NEVER
    age = np.where(known, (snapshot.as_of - np.where(known, accounts.open_time, 0)) / DAY, np.nan)
    return {
        "passed_24h": _share(passed[PASSED_SOON], persons),
        "passed_7d": _share(passed[PASSED_LATER], persons),
        "passed_new": _share(passed[PASSED_NEW], persons),
        "cash_72h": _share(passed[TO_CASH], persons),
        "relayed_in": _share(total[IN_RELAYED], total[IN]),
        "relayed_out": _share(total[OUT_RELAYED], out),
        "new_in": _share(total[IN_NEW], persons),
        "new_out": _share(total[OUT_NEW], total[OUT_PERSONS]),
        "largest_new": np.log1p(total[LARGEST]),
        "cash_share": _share(total[CASH], out),
        "night_share": _share(total[NIGHT], out),
        "round_share": _share(total[ROUNDED], out),
        "recent_in": _share(total[IN_RECENT], persons),
        "imbalance": _share(np.abs(total[IN] - out), total[IN] + out),
        "from_others": _share(total[IN_OTHERS], total[IN]),
        "to_others": _share(total[OUT_OTHERS], out),
        "age_days": np.maximum(age, 0.0),
        "active_days": (total[LAST] - total[FIRST]) / DAY,
    }


def _shared(snapshot: Snapshot, settings: Settings, relays: F64, fresh: F64) -> dict[str, F64]:
    """Columns from the accounts of other holders on the same devices and phones."""
    rules, n = settings.links, len(snapshot.accounts)
    rule = LinkRule(rules.max_holders_walk, 0.0, 1e9, rules.new_half_life_days, rules.new_floor)
    pairs = identifier_links(snapshot.accounts, snapshot.identifiers, snapshot.as_of, rule).pairs(n)
    count = _over(n, pairs, np.ones(n))
    largest = np.zeros(n)
    np.maximum.at(largest, pairs.a, relays[pairs.b])
    np.maximum.at(largest, pairs.b, relays[pairs.a])
    weight = np.bincount(pairs.a, pairs.weight, n) + np.bincount(pairs.b, pairs.weight, n)
    return {
        "sharing": count,
        "sharing_new": weight.astype(np.float64),
        "id_mean": _share(_over(n, pairs, relays), count, 0.0),
        "id_max": largest,
        "id_new": _share(_over(n, pairs, fresh), count, 0.0),
    }


def _over(n: int, pairs: Pairs, value: F64) -> F64:
    """Sum of a value over the linked accounts."""
    total = np.bincount(pairs.a, value[pairs.b], n) + np.bincount(pairs.b, value[pairs.a], n)
    return total.astype(np.float64)


def _money(columns: sums.Columns, relays: F64, sort: I8) -> dict[str, F64]:
    """Columns from the persons it pays and is paid by, and from those beyond them."""
    before, after, largest = sums.around(columns, relays, relays, sort)
    up, down, _ = sums.around(columns, before, after, sort)
    return {
        "payers_mean": before,
        "payees_mean": after,
        "money_max": largest,
        "two_hops": down,
        "two_hops_up": up,
    }


def _share(part: F64, whole: F64, none: float = np.nan) -> F64:
    return np.divide(part, whole, out=np.full_like(whole, none), where=whole > 0)


def free_points(n: int, account: I64, worth: I64) -> I64:
    """Points per account of hits that use no referral, ring or trace; 1e-6. O(hits)."""
    total = np.zeros(n, np.int64)
    np.add.at(total, account, worth)
    return total
