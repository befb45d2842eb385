"""Plain features of single accounts at T: what a bank has without any graph. No setting, nothing tuned."""

from __future__ import annotations

import numpy as np

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET
from graphfraud.core.snapshot import F64, I32, I64, Flags
from graphfraud.evaluate.facts import WorldFacts

RECENT_DAYS = 30
NIGHT_ENDS = 6  # o'clock


def plain_features(facts: WorldFacts, as_of: int) -> tuple[tuple[str, ...], F64]:
    """Names and values (accounts, features) from facts known at T; NaN where there is nothing to say.

    O(rows log rows).
    """
    known = facts.time <= as_of
    found: dict[str, F64] = {}
    recent = facts.time > as_of - RECENT_DAYS * DAY
    sides = (("in", facts.payee, facts.payer), ("out", facts.payer, facts.payee))
    for side, own, other in sides:
        found |= _side(facts, side, (own, other), known)
        last = known & recent
        found[f"{side}: payments, {RECENT_DAYS} d"] = _count(own[last], len(facts))
        found[f"{side}: amount, {RECENT_DAYS} d"] = _sum(own[last], facts.amount[last], len(facts))
    found |= _cash(facts, as_of) | _identifiers(facts, as_of)
    found["net ÷ moved"] = _ratio(
        found["in: amount"] - found["out: amount"], found["in: amount"] + found["out: amount"]
    )
    age = np.maximum(as_of - facts.exists_from.astype(np.float64), 0.0) / DAY
    found["age, days"] = np.where(age > 36_500, np.nan, age)
    found["opening balance"] = facts.opening.astype(np.float64)
    return tuple(found), np.column_stack(list(found.values()))


def _side(facts: WorldFacts, side: str, ends: tuple[I32, I32], known: Flags) -> dict[str, F64]:
    n = len(facts)
    own, other = ends[0][known], ends[1][known]
    amount, time = facts.amount[known], facts.time[known]
    payments, total = _count(own, n), _sum(own, amount, n)
    pairs = np.unique(own.astype(np.int64) * n + other)
    most = np.zeros(n)
    np.maximum.at(most, own, amount)
    night = (time + SHANGHAI_OFFSET) % DAY < NIGHT_ENDS * HOUR
    days = np.unique(own.astype(np.int64) * 100_000 + (time + SHANGHAI_OFFSET) // DAY)
    return {
        f"{side}: payments": payments,
        f"{side}: amount": total,
        f"{side}: mean": _ratio(total, payments),
        f"{side}: largest": most,
        f"{side}: parties": _count(pairs // n, n),
        f"{side}: days": _count(days // 100_000, n),
        f"{side}: at night": _ratio(_count(own[night], n), payments),
    }


def _cash(facts: WorldFacts, as_of: int) -> dict[str, F64]:
    known, n = facts.cash_time <= as_of, len(facts)
    out = known & (facts.cash_amount > 0)
    paid_in = known & (facts.cash_amount < 0)
    return {
        "cash out: times": _count(facts.cash_account[out], n),
        "cash out: amount": _sum(facts.cash_account[out], facts.cash_amount[out], n),
        "cash in: amount": _sum(facts.cash_account[paid_in], -facts.cash_amount[paid_in], n),
    }


def _identifiers(facts: WorldFacts, as_of: int) -> dict[str, F64]:
    seen, n = facts.seen <= as_of, len(facts)
    return {"identifiers": _count(facts.user[seen], n)}


def _count(codes: I32 | I64, n: int) -> F64:
    return np.bincount(codes, minlength=n).astype(np.float64)


def _sum(codes: I32, amount: I64, n: int) -> F64:
    out: F64 = np.bincount(codes, weights=amount, minlength=n).astype(np.float64)
    return out


def _ratio(top: F64, below: F64) -> F64:
    return np.divide(top, below, out=np.full_like(top, np.nan), where=below > 0)
