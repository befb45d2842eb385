"""Who lives in a simulated world: companies, the bank's persons with their trades, accounts at other banks.

Account numbers inside: merchants, employers, utilities, pooled accounts, suppliers, persons, other banks' accounts.
What is written carries random numbers in their place. Persons live somewhere on a circle, apart from their numbers:
who lives near knows one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import F64, I32, I64, Flags
from graphfraud.ingest.synthetic.flow import DAY, START, YUAN
from graphfraud.ingest.synthetic.knobs import Plan

OUTSIDE, FOREMAN, ORGANISER = "outside", "foreman", "organiser"
COMPANIES = ("merchant", "employer", "utility", "pooled", "supplier")
_NEAR = 30.0  # how many doors away, on average, somebody lives whom one knows
_BANKS = 5


@dataclass(frozen=True)
class People:
    """Arrays over accounts.

    groups    numbers of the accounts of every stratum, ascending
    place     of a person on the circle, −1 for others; `street` the persons in this order
    """

    plan: Plan
    account_id: pa.Array
    holder: I32
    stratum: list[str]
    groups: Mapping[str, I32]
    persons: I32
    others: I32
    place: I32
    street: I32
    activity: F64
    opened: I64  # seconds after the start, negative before it
    opening: I64  # minor units

    def __len__(self) -> int:
        return len(self.holder)

    @property
    def bottomless(self) -> Flags:
        """Accounts whose balance is not bounded: companies, other banks' accounts."""
        found = np.ones(len(self), dtype=bool)
        found[self.persons] = False
        return found

    def busy(self, random: np.random.Generator, among: I32, size: int) -> I32:
        """Accounts drawn by their activity."""
        if not len(among):
            return np.zeros(0, np.int32)
        total = np.cumsum(self.activity[among])
        at = np.searchsorted(total, random.random(size) * total[-1])
        found: I32 = among[np.minimum(at, len(among) - 1)]
        return found

    def near(self, random: np.random.Generator, who: I32) -> I32:
        """A neighbour of each person: another holder's account."""
        steps = np.ceil(random.exponential(_NEAR, len(who))).astype(np.int64) * random.choice((-1, 1), len(who))
        at = self.place[who] + steps
        found: I32 = self.street[at % len(self.street)]
        same = self.holder[found] == self.holder[who]
        return np.where(same, self.street[(at + 7) % len(self.street)], found).astype(np.int32)

    def elsewhere(self, random: np.random.Generator, size: int) -> I32:
        """Accounts of other banks; where there are none, any person."""
        pool = self.others if len(self.others) else self.persons
        found: I32 = random.choice(pool, size).astype(np.int32)
        return found


def people(plan: Plan) -> People:
    """Accounts, holders, strata. O(accounts log accounts)."""
    knobs, random, n = plan.knobs.people, plan.random(1), plan.accounts
    sizes = {
        "merchant": max(5, round(n * knobs.shops)),
        "employer": max(3, n // 170),
        "utility": max(2, n // 2_000),
        "pooled": max(2, n // 3_400),
        "supplier": max(3, n // 150),
    }
    companies = sum(sizes.values())
    outside = round(n * knobs.outside)
    persons = np.arange(companies, n - outside, dtype=np.int32)
    holder = np.arange(n, dtype=np.int32)
    first = persons[:-1:2]
    first = first[random.random(len(first)) < 2 * knobs.second / (1 + knobs.second)]
    holder[first + 1] = holder[first]
    stratum = [name for name in COMPANIES for _ in range(sizes[name])] + _strata(plan, random, holder[persons])
    stratum += [OUTSIDE] * outside
    street = random.permutation(persons).astype(np.int32)
    place = np.full(n, -1, np.int32)
    place[street] = np.arange(len(street))
    place[first + 1] = place[first]  # a holder's accounts live together
    names = np.array(stratum)
    numbers = 6_200_000_000_000_000 + np.sort(random.choice(10**12, n, replace=False)).astype(np.int64) * 97
    return People(
        plan,
        pa.array(random.permutation(numbers)).cast(pa.string()),
        holder,
        stratum,
        {name: np.flatnonzero(names == name).astype(np.int32) for name in dict.fromkeys(stratum)},
        persons,
        np.arange(n - outside, n, dtype=np.int32),
        place,
        street,
        random.lognormal(0.0, knobs.spread, n),
        _opened(plan, random, persons),
        _opening(plan, random, persons),
    )


def _strata(plan: Plan, random: np.random.Generator, holder: I32) -> list[str]:
    """Strata of the persons; a holder has one."""
    knobs = plan.knobs
    shares = {name: trade.share for name, trade in knobs.trades.items()}
    shares[FOREMAN], shares[ORGANISER] = knobs.honest.crews / 1000, knobs.honest.dues / 1000
    rest = (1 - sum(shares.values())) / sum(knobs.people.strata.values())
    shares |= {name: share * rest for name, share in knobs.people.strata.items()}
    names, cumulative = list(shares), np.cumsum(list(shares.values()))
    drawn = np.searchsorted(cumulative / cumulative[-1], random.random(int(holder.max()) + 1))
    return [names[min(d, len(names) - 1)] for d in drawn[holder]]


def _opened(plan: Plan, random: np.random.Generator, persons: I32) -> I64:
    """When accounts were opened: a long time before the world, or, for a share of the persons' accounts, in it."""
    knobs, n = plan.knobs.people, plan.accounts
    days = random.lognormal(np.log(knobs.age_days), 0.9, n) + 1
    opened = -(days * DAY).astype(np.int64)
    fresh = persons[random.random(len(persons)) < knobs.new]
    opened[fresh] = random.integers(-30 * DAY, int(plan.horizon * 0.8), len(fresh))
    return opened


def _opening(plan: Plan, random: np.random.Generator, persons: I32) -> I64:
    knobs, n = plan.knobs.people, plan.accounts
    balance: I64 = np.full(n, 5_000_000 * YUAN, np.int64)
    savings = random.lognormal(np.log(knobs.savings * YUAN), knobs.savings_spread, len(persons))
    balance[persons] = savings.astype(np.int64)
    balance[n - round(n * knobs.outside) :] = 0
    return balance


def account_table(who: People, opened: I64) -> pa.Table:
    """The canonical accounts table, in random order. O(accounts)."""
    random, n = who.plan.random(2), len(who)
    is_person = np.zeros(n, dtype=bool)
    is_person[who.persons] = True
    is_person[who.others] = True
    names = np.array(who.stratum)
    bank = np.char.add("B", random.integers(0, _BANKS, n).astype(str))
    bank[who.others] = np.char.add("X", random.integers(0, 8, len(who.others)).astype(str))
    branch = np.char.add(np.char.add(bank, "-"), random.integers(0, 40, n).astype(str))
    code = random.permutation(n)[who.holder]
    table = pa.table(
        {
            "account_id": who.account_id,
            "holder_id": pc.binary_join_element_wise("H", pc.utf8_lpad(pa.array(code).cast(pa.string()), 8, "0"), ""),
            "holder_type": np.where(is_person, "person", "company"),
            "pooled": names == "pooled",
            "merchant": (names == "merchant") | (names == "utility"),
            "bank": bank,
            "branch": branch,
            "open_time": START + opened,
            "opening_balance": who.opening,
        }
    )
    return table.take(pa.array(random.permutation(n)))
