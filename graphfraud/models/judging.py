"""From a walk over the facts to scores and levels: what a night publishes, and what asking "what if" computes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from graphfraud.core.snapshot import F64, I8, I64, Snapshot
from graphfraud.models.corroboration import Arrived, grounds, in_proven_ring
from graphfraud.models.levels import Standing, assign, publish, reference
from graphfraud.models.ties import Ties, find_ties
from graphfraud.settings import Settings


@dataclass(frozen=True)
class Judged:
    """One entry per account. `grounds`: how many of the four corroborations hold, and one for a proven ring."""

    score: I64  # 1e-6
    level: I8
    grounds: I8
    ties: Ties


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
    standing = Standing(
        ties.referred, snapshot.accounts.person, ties.money, ties.likely_victim, corroborating > 0, proven
    )
    level = assign(score, standing, settings.levels)
    return Judged(score, level, corroborating + proven, ties)
