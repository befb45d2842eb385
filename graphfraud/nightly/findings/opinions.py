"""What the models say about every account, side by side: walk, indicators, boosted trees, isolation forest.

Their inputs are apart (docs/models.md), so it means something where they agree, and something where they do not. The
score is the walk's times a power of the boosted trees' ([models] blend_power); the others are shown beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from graphfraud.core.findings import MILLION
from graphfraud.core.snapshot import F64, I64, Snapshot
from graphfraud.models.learned.fit import blend, percentile
from graphfraud.nightly.findings.lines import Line, Row, percent
from graphfraud.risk import Risk
from graphfraud.settings import Settings

Tables = Mapping[str, pa.Table]
#: Below the middle of all persons a model speaks against an account.
MIDDLE_E6 = MILLION // 2
NAMES = (
    ("walk_rank_e6", "关系传播", "walk"),
    ("indicators_rank_e6", "指标评分", "indicators"),
    ("learned_rank_e6", "提升树", "boosted trees"),
    ("unusual_rank_e6", "孤立森林", "isolation forest"),
)


def blended(snapshot: Snapshot, settings: Settings, risk: Risk, tables: Tables) -> F64:
    """The walk's score of every account times what the boosted trees make of it; the walk's where none were trained."""
    if "opinions" not in tables:
        return risk.walk
    persons = np.flatnonzero(snapshot.accounts.person).astype(np.int32)
    return risk.walk * blend(tables["opinions"]["learned"].to_numpy(), persons, settings.models.blend_power)


def columns(snapshot: Snapshot, walk: F64, points: I64, tables: Tables) -> dict[str, pa.Array]:
    """The last columns of `scores`: probability and ranks; null where there is no model, and for all but persons.

    Without referrals nothing could be learned from: then the boosted trees' place is the mean of the isolation forest's
    and the indicators'.
    """
    n = len(walk)
    persons = np.flatnonzero(snapshot.accounts.person).astype(np.int32)
    found = {"walk_rank_e6": percentile(walk, persons), "indicators_rank_e6": percentile(points, persons)}
    nothing = np.full(n, -1, np.int64)
    names = ("learned_rank_e6", "unusual_rank_e6", "probability_e6", "probability_support")
    found |= dict.fromkeys(names, nothing)
    if "opinions" in tables:
        said = {name: tables["opinions"][name].to_numpy() for name in tables["opinions"].column_names}
        unusual = percentile(said["unusual"], persons)
        learned = percentile(said["learned"], persons)
        if not said["learned"].any():
            learned = (unusual + found["indicators_rank_e6"]) // 2
        support = np.where(said["probability_e6"] >= 0, said["support"], -1)
        found |= dict(zip(names, (learned, unusual, said["probability_e6"], support), strict=True))
    return {name: pa.array(values, pa.int64(), mask=values < 0) for name, values in found.items()}


def line(score: Row, settings: Settings) -> list[Line]:
    """Which models speak for an account and which against it, and its probability. It carries no points."""
    known = [(zh, en, score[name]) for name, zh, en in NAMES if score.get(name) is not None]
    if len(known) < len(NAMES):
        return []
    least = round((1 - settings.models.top_share) * MILLION)
    zh = "各模型排位（高于多少个人账户）：" + "、".join(f"{zh} {percent(v)}" for zh, _, v in known)
    en = "models, share of persons they place lower: " + ", ".join(f"{en} {percent(v)}" for _, en, v in known)
    sides: tuple[tuple[str, str, Any], ...] = (
        ("支持", "for", lambda v: v >= least),
        ("不支持", "against", lambda v: v < MIDDLE_E6),
    )
    for zh_side, en_side, holds in sides:
        mine = [(z, e) for z, e, v in known if holds(v)]
        zh += f"；{zh_side}：{'、'.join(z for z, _ in mine) or '无'}"
        en += f"; {en_side}: {', '.join(e for _, e in mine) or 'none'}"
    if score["probability_e6"] is not None:
        support = score["probability_support"]
        zh += f"；属于团伙的估计概率 {percent(score['probability_e6'])}（依据 {support} 个留出的涉案账户）"
        en += f"; estimated probability {percent(score['probability_e6'])}, from {support} left-out referred accounts"
    return [Line("models", "", 0, zh, en)]
