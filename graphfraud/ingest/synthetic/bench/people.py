"""Who lives in a bench world: accounts, their holders, how active they are.

Accounts are numbered: hubs, merchants, employers, persons. Persons with near numbers live near each other: they pay
each other and share devices more often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import F64, I32, I64
from graphfraud.ingest.synthetic.bench.plan import HUBS, START, BenchPlan, hub_kind

_NEAR = 40.0  # how far, in numbers, neighbours live


@dataclass(frozen=True)
class People:
    """Arrays over accounts; `cumulative` is over persons and ends at 1."""

    plan: BenchPlan
    account_id: pa.Array
    holder: I32
    cumulative: F64  # of activity

    def active(self, random: np.random.Generator, size: int) -> I32:
        """Persons drawn by activity."""
        drawn = np.searchsorted(self.cumulative, random.random(size)).astype(np.int32)
        return drawn + np.int32(self.plan.first_person)

    def near(self, random: np.random.Generator, who: I32) -> I32:
        """A neighbour of each: another person whose number is near, around the end to the beginning."""
        steps = np.ceil(random.exponential(_NEAR, len(who))).astype(np.int64) * random.choice((-1, 1), len(who))
        moved = (who - self.plan.first_person + steps) % self.plan.persons + self.plan.first_person
        return np.where(
            moved == who, (who - self.plan.first_person + 1) % self.plan.persons + self.plan.first_person, moved
        ).astype(np.int32)


def people(plan: BenchPlan) -> People:
    """Accounts and holders: half of the persons' accounts belong to a holder with two. O(accounts)."""
    random = plan.random(1)
    numbers = 6_217_000_000_000_000 + random.permutation(plan.accounts).astype(np.int64) * 37
    holder = np.arange(plan.accounts, dtype=np.int32)
    first = np.arange(plan.first_person, plan.accounts - 1, 3)  # every third person may hold the next account too
    second = first[random.random(len(first)) < 0.77] + 1
    holder[second] = holder[second - 1]
    activity = random.lognormal(0.0, 0.9, plan.persons)
    cumulative = np.cumsum(activity)
    return People(plan, pa.array(numbers).cast(pa.string()), holder, cumulative / cumulative[-1])


def account_table(world: People) -> pa.Table:
    """The canonical accounts table. O(accounts)."""
    plan, random = world.plan, world.plan.random(2)
    n = plan.accounts
    is_person = np.arange(n) >= plan.first_person
    kinds = [hub_kind(h) for h in range(HUBS)]
    merchant = np.zeros(n, dtype=bool)
    merchant[[h for h, kind in enumerate(kinds) if kind == "merchant"]] = True
    merchant[HUBS : HUBS + plan.merchants] = True
    pooled = np.zeros(n, dtype=bool)
    pooled[[h for h, kind in enumerate(kinds) if kind == "pooled"]] = True
    opened: I64 = START - (random.exponential(1_200, n) * 86_400).astype(np.int64) - 86_400
    balance: I64 = random.lognormal(np.log(277_680), 1.45, n).astype(np.int64)
    balance[~is_person] *= 2_000
    branch = random.integers(0, 240, n)
    text = pa.array(branch).cast(pa.string())
    return pa.table(
        {
            "account_id": world.account_id,
            "holder_id": pc.binary_join_element_wise("H", pa.array(world.holder).cast(pa.string()), ""),
            "holder_type": pa.array(np.where(is_person, "person", "company")),
            "pooled": pooled,
            "merchant": merchant,
            "bank": pa.array(["BK1"] * n),
            "branch": pc.binary_join_element_wise("BK1", text, "-"),
            "open_time": opened,
            "opening_balance": balance,
        }
    )


def strata(world: People) -> pa.Table:
    """Truth: the stratum of every account."""
    plan = world.plan
    names = [hub_kind(h) for h in range(HUBS)] + ["merchant"] * plan.merchants + ["employer"] * plan.employers
    return pa.table({"account_id": world.account_id, "stratum": names + ["person"] * plan.persons})
