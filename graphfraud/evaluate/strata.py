"""False positives per group of honest customers, with the recall of acted mules at the same level beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.snapshot import I64, Flags
from graphfraud.evaluate.metrics import Interval, wilson
from graphfraud.evaluate.panel import Panel
from graphfraud.evaluate.truth import Truth

LEVELS = (1, 2, 3)
SMALL = 1_000
VICTIMS, POOLED, ALL = "victims", "small strata together", "all"


@dataclass(frozen=True)
class StratumRate:
    """Accounts of a stratum raised at a level or a more urgent one; `interval` is None for a stratum under 1,000."""

    stratum: str
    accounts: int
    raised: int
    interval: Interval | None


@dataclass(frozen=True)
class FalsePositives:
    """At one level: every stratum, the small ones together, all; and the recall at that level.

    `acted_raised` of `acted_hidden` unreferred ring members that have acted are raised (all hidden members where the
    world does not say who has acted).
    """

    level: int
    strata: tuple[StratumRate, ...]
    acted_hidden: int
    acted_raised: int
    recall: float


def false_positives(level: I64, truth: Truth, who: Panel) -> tuple[FalsePositives, ...]:
    """Rates at levels ≤ 1, ≤ 2, ≤ 3 over the bank's accounts in no ring and not referred at T.

    Strata are disjoint: who has paid a ring by T counts as victim, not in the stratum of the account. Strata under
    1,000 accounts give counts and are pooled. O(accounts · strata).
    """
    honest = who.exists & ~truth.mule & ~who.referred
    groups = _groups(honest, truth, who.as_of)
    hidden = who.hidden if who.acted is None else who.acted
    return tuple(_at_level((level > 0) & (level <= top), top, groups, hidden) for top in LEVELS)


def _groups(honest: Flags, truth: Truth, as_of: int) -> dict[str, Flags]:
    victim = truth.victim_at <= as_of
    names = np.array(truth.stratum, dtype=str)
    found = {name or "unknown": honest & ~victim & (names == name) for name in sorted(set(truth.stratum))}
    found[VICTIMS] = honest & victim
    return {name: flags for name, flags in found.items() if flags.any()}


def _at_level(raised: Flags, top: int, groups: dict[str, Flags], hidden: Flags) -> FalsePositives:
    rows = [_rate(name, flags, raised) for name, flags in groups.items()]
    small = [flags for flags in groups.values() if flags.sum() < SMALL]
    if small:
        rows.append(_rate(POOLED, np.logical_or.reduce(small), raised, always=True))
    if groups:
        rows.append(_rate(ALL, np.logical_or.reduce(list(groups.values())), raised, always=True))
    hits, total = int((hidden & raised).sum()), int(hidden.sum())
    return FalsePositives(top, tuple(rows), total, hits, hits / total if total else 0.0)


def _rate(name: str, flags: Flags, raised: Flags, always: bool = False) -> StratumRate:
    accounts, hits = int(flags.sum()), int((flags & raised).sum())
    return StratumRate(name, accounts, hits, wilson(hits, accounts) if always or accounts >= SMALL else None)
