"""How many yuan the first holds of each case save, against other orders of the same accounts, and whom they touch.

At the moment m of a case's first referral, an order of holds that takes effect after δ saves in an account

    min( true balance at m + δ, true money of the case there at m + δ ), not below 0

of a partial hold at most its amount, with the true balance from all payments and cash by then (never below 0), and the
true money of the case: marked payments (truth/fraud_transfers) of the truth's cases that the reported payments belong
to, in less out. Where marked money was drawn as cash or spent without a mark, the balance bounds it. What a hold
touches of innocent people: its amount less marked money of any case at m, in accounts that are in no ring. Summed over
cases, minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import HOUR
from graphfraud.core.money import show_yuan
from graphfraud.core.snapshot import I32, I64, Flags
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.lineage import Lineage
from graphfraud.evaluate.section import Grid, Section, percent

DELAYS = (1, 6, 24)  # hours
DEPTHS = (5, 10, 20)
BEST = "best possible"


@dataclass(frozen=True)
class Saved:
    """One order. `saved[i][j]`: after DELAYS[i] hours by the first DEPTHS[j] holds; `touched[j]` at the moment."""

    order: str
    saved: tuple[tuple[int, ...], ...]
    touched: tuple[int, ...]


@dataclass(frozen=True)
class HoldFigures:
    """`cases` measured, of them `many` with more than five accounts to choose from; `accounts` in all.

    too_late   cases whose 24 hours are not over at the end of the data: left out
    untrue     cases whose reported payments no truth marks (wrong reports): measured, nothing can be saved
    left       what truly was in accounts of the plans at the moment, of the cases; the orders share these accounts
    unknown    share of what left these accounts that no known inflow explains: their balances are a guess so far
    """

    cases: int
    many: int
    accounts: int
    too_late: int
    untrue: int
    left: int
    unknown: float
    orders: tuple[Saved, ...]


class Ledger:
    """Balances of a few accounts at any moment: payments and cash in order of time, credits first, never below 0."""

    def __init__(self, facts: WorldFacts, accounts: I32) -> None:
        """O(rows of the world + events of the accounts)."""
        wanted = np.zeros(len(facts), np.bool_)
        wanted[accounts] = True
        sides = (
            (facts.payee, facts.amount, facts.time),
            (facts.payer, -facts.amount, facts.time),
            (facts.cash_account, -facts.cash_amount, facts.cash_time),
        )
        kept = [(a[wanted[a]], x[wanted[a]], t[wanted[a]]) for a, x, t in sides]
        account, change, time = (np.concatenate([side[i] for side in kept]) for i in range(3))
        order = np.lexsort((np.arange(len(time)), time, account))
        self._account, self._change, self._time = account[order], change[order], time[order]
        self._opening = facts.opening
        self._known: dict[int, tuple[I64, list[int]]] = {}

    def at(self, account: int, moment: int) -> int:
        """Balance after every payment up to a moment."""
        times, balances = self._known.get(account) or self._run(account)
        return balances[int(np.searchsorted(times, moment, side="right"))]

    def _run(self, account: int) -> tuple[I64, list[int]]:
        first, last = np.searchsorted(self._account, [account, account + 1])
        balances = [max(0, int(self._opening[account]))]
        for change in self._change[first:last].tolist():
            balances.append(max(0, balances[-1] + change))
        self._known[account] = self._time[first:last], balances
        return self._known[account]


def hold_savings(orders: pa.Table, lineage: Lineage, facts: WorldFacts, ring_member: Flags) -> HoldFigures:
    """Figures of orders as `services.holds.orders_at_referral` gives them. O(rows of the world + cases · accounts)."""
    codes = facts.codes(orders["account_id"])
    ledger, everything = Ledger(facts, np.unique(codes)), lineage.payments(None)
    cases = [_OneCase(rows, (lineage, everything), ledger, ring_member) for rows in _by_case(orders, codes)]
    end = facts.end
    timely = [c for c in cases if c.at + max(DELAYS) * HOUR <= end]
    names = list(dict.fromkeys(orders["order"].to_pylist()))
    left, unexplained = sum(c.left for c in timely), sum(c.unexplained for c in timely)
    return HoldFigures(
        len(timely),
        sum(len(c.accounts) > min(DEPTHS) for c in timely),
        sum(len(c.accounts) for c in timely),
        len(cases) - len(timely),
        sum(not c.truth for c in timely),
        sum(int(c.there(c.at).sum()) for c in timely),
        unexplained / left if left else 0.0,
        tuple(_saved(name, timely) for name in [*names, BEST]),
    )


def _by_case(orders: pa.Table, codes: I32) -> list[dict[str, Any]]:
    """Per case: moment, payments, and by order its accounts and amounts, in order of rank."""
    found: dict[str, dict[str, Any]] = {}
    for row, code in zip(orders.to_pylist(), codes.tolist(), strict=True):
        case = found.setdefault(
            row["case_no"], {"at": row["at"], "payments": row["payments"], "orders": {}, "money": {}}
        )
        case["orders"].setdefault(row["order"], []).append((row["rank"], code, row["amount"], row["whole"]))
        case["money"][code] = (row["unexplained"], row["left"])
    return list(found.values())


class _OneCase:
    """A case with what is true of its accounts."""

    def __init__(self, rows: Mapping[str, Any], truth: tuple[Lineage, I64], ledger: Ledger, member: Flags) -> None:
        self.at: int = rows["at"]
        self._lineage, self._everything = truth
        self._ledger, self._member = ledger, member
        self.truth = self._lineage.cases_of(rows["payments"])
        self._payments = self._lineage.payments(self.truth) if self.truth else np.zeros(0, np.int64)
        self.accounts = np.array(sorted(rows["money"]), np.int32)
        self.unexplained = sum(u for u, _ in rows["money"].values())
        self.left = sum(x for _, x in rows["money"].values())
        self._orders = {name: [(c, x, w) for _, c, x, w in sorted(of)] for name, of in rows["orders"].items()}

    def there(self, moment: int, cases: bool = True) -> I64:
        """True money in each account: of the case, or of any case."""
        rows = self._payments if cases else self._everything
        marked = self._lineage.net(rows, self.accounts, moment)
        balance = np.array([self._ledger.at(a, moment) for a in self.accounts.tolist()], np.int64)
        found: I64 = np.clip(np.minimum(marked, balance), 0, None)
        return found

    def holds(self, order: str, delay: int) -> list[tuple[int, int, bool]]:
        """Account, amount, whether whole, in this order; the best possible one knows what will be there."""
        if order != BEST:
            return self._orders.get(order, [])
        true = self.there(self.at + delay)
        ranked = np.lexsort((self.accounts, -true))
        return [(int(self.accounts[i]), int(true[i]), True) for i in ranked]

    def saved(self, order: str, delay: int) -> list[int]:
        """What the first holds save: one figure a depth."""
        true = dict(zip(self.accounts.tolist(), self.there(self.at + delay).tolist(), strict=True))
        each = [
            true[account] if whole else min(amount, true[account])
            for account, amount, whole in self.holds(order, delay)
        ]
        return [sum(each[:depth]) for depth in DEPTHS]

    def touched(self, order: str) -> list[int]:
        """Innocent money that the first holds touch."""
        marked = dict(zip(self.accounts.tolist(), self.there(self.at, cases=False).tolist(), strict=True))
        each = [
            0 if self._member[account] else max(0, amount - marked[account])
            for account, amount, _ in self.holds(order, HOUR)
        ]
        return [sum(each[:depth]) for depth in DEPTHS]


def _saved(order: str, cases: list[_OneCase]) -> Saved:
    def total(parts: list[list[int]]) -> tuple[int, ...]:
        return tuple(sum(p[j] for p in parts) for j in range(len(DEPTHS)))

    saved = tuple(total([c.saved(order, hours * HOUR) for c in cases]) for hours in DELAYS)
    return Saved(order, saved, total([c.touched(order) for c in cases]))


def holds_section(case: Case) -> Section | None:
    """The section of a run; None where it has no plans, or the world does not say which payments are of which case."""
    orders, lineage = case.findings.get("hold_orders"), case.truth.lineage
    if orders is None or lineage is None or not orders.num_rows:
        return None
    found = hold_savings(orders, lineage, case.facts, case.truth.mule)
    return Section("holds", "Holds at the referral of each case", _lines(found), _grids(found), data=asdict(found))


def _lines(found: HoldFigures) -> tuple[str, ...]:
    plan = found.orders[0]
    rivals = [o for o in found.orders if o.order.endswith(" first")]
    compared = "; ".join(
        f"{_more(plan.saved[0][0], r.saved[0][0])} than {r.order}, touching {show_yuan(plan.touched[0])} yuan of"
        f" innocent money instead of {show_yuan(r.touched[0])}"
        for r in rivals
    )
    return (
        f"{found.cases:,} cases first referred in the 30 days up to the cut, each at that moment: {found.accounts:,}"
        f" accounts of ours hold traced money (more than {min(DEPTHS)} in {found.many:,} cases), and truly"
        f" {show_yuan(found.left)} yuan of these cases. {found.untrue:,} cases rest on payments that no truth marks.",
        f"The first {DEPTHS[0]} holds of a plan save after {DELAYS[0]} h {compared}.",
        f"Balances are never below 0; {percent(found.unknown)} of what left these accounts no known inflow explains.",
    )


def _more(mine: int, other: int) -> str:
    return "–" if not other else f"{(mine - other) / other:+.1%}"


def _grids(found: HoldFigures) -> tuple[Grid, ...]:
    """What is saved, a table a delay; and what is touched."""
    columns = ("order", *(f"first {n}" for n in DEPTHS))
    saved = [
        Grid(columns, tuple((o.order, *map(show_yuan, o.saved[i])) for o in found.orders), f"Yuan saved after {h} h")
        for i, h in enumerate(DELAYS)
    ]
    touched = tuple((o.order, *map(show_yuan, o.touched)) for o in found.orders if o.order != BEST)
    return (*saved, Grid(columns, touched, "Innocent yuan touched"))
