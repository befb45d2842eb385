"""From a walk over the facts to scores and levels: what a night publishes, and what asking "what if" computes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import F64, I8, I64, UNKNOWN, Accounts, Flags, Snapshot
from graphfraud.models.corroboration import Arrived, grounds, in_proven_ring
from graphfraud.models.levels import Standing, assign, publish, reference
from graphfraud.models.ties import Ties, find_ties
from graphfraud.settings import LevelSettings, Settings


@dataclass(frozen=True)
class Judged:
    """One entry per account. `grounds`: how many of the four corroborations hold, and one for a proven ring.

    `unexempted`: the level it would have if it were not exempt; the same as `level` for all others.
    """

    score: I64  # 1e-6
    level: I8
    grounds: I8
    ties: Ties
    unexempted: I8


def judge(
    snapshot: Snapshot,
    settings: Settings,
    walk: F64,
    money: Arrived,
    found: tuple[Mapping[str, pa.Table], Sequence[str]],
) -> Judged:
    """Score and level of every account. `walk`: raw scores; `found`: ring tables and indicator hits, and the indicators
    that are money evidence. O(flows + identifier uses + hits).
    """
    tables, of_money = found
    ties = find_ties(snapshot, money.lineage, tables, settings, of_money)
    score = publish(walk, reference(walk, ties.referred, settings.levels))
    corroborating = grounds(snapshot, money, ties, settings)
    proven = in_proven_ring(snapshot, tables, settings.levels)
    person, exempt = snapshot.accounts.person, exempted(snapshot.accounts, settings.levels)
    standing = Standing(ties.referred, person, ties.money, ties.likely_victim, corroborating > 0, proven, exempt)
    level = assign(score, standing, settings.levels)
    open_to_all = replace(standing, exempt=np.zeros_like(exempt))
    free = assign(score, open_to_all, settings.levels) if exempt.any() else level
    return Judged(score, level, corroborating + proven, ties, free)


def exempted(accounts: Accounts, settings: LevelSettings) -> Flags:
    """Accounts of a class that the bank exempts: one of [levels] exempt_classes, or any where that is empty. O(n)."""
    wanted = settings.exempt_classes
    counts = np.array([not wanted or name in wanted for name in accounts.exempts], bool)
    known = accounts.exempt != UNKNOWN
    result: Flags = (
        known & counts[np.where(known, accounts.exempt, 0)] if len(counts) else np.zeros(len(accounts), bool)
    )
    return result
