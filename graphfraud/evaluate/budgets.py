"""What a day's work finds: the first 50, 200, 500 of the list, and everybody at a level.

Value is the fraud's money that an account had received by T; money still there is what the truth leaves in it at T
(money.py); days gained are the days from T to the first referral of those who are looked at now and referred later.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import fmean, median

import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.money import show_yuan
from graphfraud.core.snapshot import I64, Flags
from graphfraud.evaluate import money
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import NEVER
from graphfraud.evaluate.section import Grid, Section, decimals, percent
from graphfraud.evaluate.strata import LEVELS

BUDGETS = (50, 200, 500)


@dataclass(frozen=True)
class Looked:
    """What looking at these candidates finds. Money in minor units; None where the world does not say.

    value            of the hidden members found, and its share of that of all hidden ones
    still_there      likewise
    referred_later   of those looked at, accounts first referred after T; days from T to it, mean and median
    per_10000        looked at, for 10,000 holders of the bank's accounts
    """

    who: str
    looked_at: int
    found: int
    precision: float | None
    recall: float | None
    recall_acted: float | None
    value: int | None
    value_recall: float | None
    still_there: int | None
    still_there_recall: float | None
    referred_later: int
    days_mean: float | None
    days_median: float | None
    per_10000: float


def budgets(case: Case) -> tuple[Looked, ...]:
    """At the budgets and at levels ≤ 1, ≤ 2, ≤ 3. O(accounts log accounts + rows log rows)."""
    order = np.argsort(-np.where(case.who.candidate, case.score, -1.0), kind="stable")
    order = order[case.who.candidate[order]]
    rows = []
    sums = _money(case)
    for k in BUDGETS:
        first = np.zeros(len(case.facts), dtype=bool)
        first[order[:k]] = True
        rows.append(_looked(f"first {k}", first, case, sums))
    for top in LEVELS:
        raised = case.who.candidate & (case.level > 0) & (case.level <= top)
        rows.append(_looked(f"level ≤ {top}", raised, case, sums))
    return tuple(rows)


def _money(case: Case) -> tuple[I64, I64] | None:
    fraud = case.truth.fraud
    if fraud is None:
        return None
    value = money.received(fraud, len(case.facts), case.as_of)
    return value, money.still_there(fraud, case.facts, case.as_of)


def _looked(name: str, looked: Flags, case: Case, sums: tuple[I64, I64] | None) -> Looked:
    who, hits = case.who, looked & case.who.hidden
    count = int(looked.sum())
    later = looked & (case.facts.referred_at > case.as_of) & (case.facts.referred_at != NEVER)
    days = [(t - case.as_of) / DAY for t in case.facts.referred_at[later].tolist()]
    value, value_share = _part(sums[0] if sums else None, hits, who.hidden)
    there, there_share = _part(sums[1] if sums else None, hits, who.hidden)
    customers = len(np.unique(case.facts.holder[who.exists]))
    return Looked(
        who=name,
        looked_at=count,
        found=int(hits.sum()),
        precision=int(hits.sum()) / count if count else None,
        recall=_share(hits, who.hidden),
        recall_acted=None if who.acted is None else _share(looked & who.acted, who.acted),
        value=value,
        value_recall=value_share,
        still_there=there,
        still_there_recall=there_share,
        referred_later=len(days),
        days_mean=fmean(days) if days else None,
        days_median=median(days) if days else None,
        per_10000=10_000 * count / customers if customers else 0.0,
    )


def _share(part: Flags, whole: Flags) -> float | None:
    total = int(whole.sum())
    return int(part.sum()) / total if total else None


def _part(amount: I64 | None, part: Flags, whole: Flags) -> tuple[int | None, float | None]:
    if amount is None:
        return None, None
    found, total = int(amount[part].sum()), int(amount[whole].sum())
    return found, found / total if total else None


def measure(case: Case) -> Section:
    """The table."""
    found = budgets(case)
    names = ("precision", "recall", "acted", "value", "of all", "still there", "of all", "later", "days", "per 10,000")
    rows = tuple(_row(r) for r in found)
    line = (
        "Value: fraud's money received by T of the hidden members found. Still there: what of it the truth leaves in"
        " them at T. Later, days: those looked at and first referred after T, and the mean days gained. Per 10,000:"
        " accounts looked at for 10,000 holders of the bank's accounts."
    )
    grid = Grid(("looked at", "accounts", *names), rows)
    return Section("budgets", "What a day's work finds", (line,), (grid,), (), {"rows": [asdict(r) for r in found]})


def _row(r: Looked) -> tuple[str, ...]:
    def yuan(amount: int | None) -> str:
        return "–" if amount is None else show_yuan(amount)

    shares = (percent(r.precision), percent(r.recall), percent(r.recall_acted))
    sums = (yuan(r.value), percent(r.value_recall), yuan(r.still_there), percent(r.still_there_recall))
    return (
        *(r.who, f"{r.looked_at:,}", *shares, *sums),
        *(str(r.referred_later), decimals(r.days_mean, 1), decimals(r.per_10000, 1)),
    )
