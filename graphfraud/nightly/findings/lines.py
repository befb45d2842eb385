"""Reasons from the score: referrals, lineage, ring, indicators, behaviour.

Points. The `referral` and `behaviour` lines carry the two parts of the score: their points sum to `scores.score_e6`.
The `indicator` lines carry the scorecard: their points sum to `scores.points_e6`. Other lines carry none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphfraud.core.clock import show, show_span
from graphfraud.core.money import show_yuan
from graphfraud.core.snapshot import I8, Snapshot
from graphfraud.indicators import Indicator
from graphfraud.models.ties import NO_RING, Ties
from graphfraud.settings import Settings

Row = dict[str, Any]
#: A referral that brings this share of a score is evidence of its own; one that already was stays so down to WEAK.
STRONG_E6, WEAK_E6 = 250_000, 100_000
SHOWN = 3  # referrals named in one line
UNITS_ZH = {"s": "秒", "min": "分钟", "h": "小时", "d": "天"}


@dataclass(frozen=True)
class Line:
    """One reason. `keys` are the evidence it stands for, `weak` keys only keep what already was; none: context."""

    source: str
    source_id: str
    points_e6: int
    zh: str
    en: str
    keys: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Findings of tonight that reasons are made from; rows by account id for the accounts that alert."""

    snapshot: Snapshot
    settings: Settings
    ties: Ties
    rings: Sequence[Row]  # ring_summary in the order ties.ring numbers
    shares: Mapping[str, list[Row]]
    lineage: Mapping[str, list[Row]]
    hits: Mapping[str, list[Row]]  # with the points the scorecard gives
    unexempted: I8  # per account, level it would have if it were not exempt
    indicators: Mapping[str, Indicator]  # by id


def percent(share_e6: int) -> str:
    return f"{share_e6 / 10_000:.1f} %"


def counted(number: int, word: str) -> str:
    """`1 hop`, `2 hops`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def referred(sources: Sources, account: int) -> list[Line]:
    """The police referred an account whose alert was open."""
    table = sources.snapshot.referrals
    if not sources.ties.referred[account]:
        return []
    return [
        Line(
            "referred", table.id[row], 0,
            f"公安已于 {show(int(table.referred_at[row]), seconds=False)} 移送（案件 {table.case[row]}）",
            f"referred by the police at {show(int(table.referred_at[row]), seconds=False)} (case {table.case[row]})",
            (f"referred:{table.id[row]}",),
        )
        for row in np.flatnonzero(table.account == account).tolist()
    ]  # fmt: skip


def referral(shares: list[Row], score: Row) -> list[Line]:
    named = sorted((r for r in shares if r["referral_account"]), key=lambda r: (-r["share_e6"], r["referral_account"]))
    points = score["referral_share_e6"]
    if not named:
        zh, en = "与涉案账户存在间接关联（未逐户分解）", "tied to referred accounts (not broken down by account)"
        return [Line("referral", "", points, zh, en, ("referral:",))]
    shown = [(r["referral_account"], percent(r["share_e6"])) for r in named[:SHOWN]]
    more = len(named) - len(shown)
    zh = "风险来自涉案账户：" + "、".join(f"{a}（{p}）" for a, p in shown) + (f"等 {len(named)} 户" if more else "")
    en = "risk comes from referred accounts " + ", ".join(f"{a} ({p})" for a, p in shown)
    en += f" and {more} more" if more else ""
    keys = [f"referral:{r['referral_account']}" for r in named if r["share_e6"] >= STRONG_E6]
    weak = [f"referral:{r['referral_account']}" for r in named if r["share_e6"] >= WEAK_E6]
    return [Line("referral", named[0]["referral_account"], points, zh, en, tuple(keys) or ("referral:",), tuple(weak))]


def lineage(hops: list[Row], share_e6: int) -> list[Line]:
    if not hops:
        zh, en = (
            "资金追溯：未发现涉案账户资金到达",
            "no money of referred accounts was traced to it (newest money first)",
        )
        return [Line("lineage", "", 0, zh, en)]
    hops = sorted(hops, key=lambda r: r["hop"])
    first, last = hops[0], hops[-1]
    number, unit = show_span(int(last["time"]) - int(first["time"])).split()
    zh_span, en_span = (f"、历时 {number} {UNITS_ZH[unit]}", f" in {number} {unit}") if len(hops) > 1 else ("", "")
    when, carried, amount = show(last["time"], seconds=False), show_yuan(last["carried"]), show_yuan(last["amount"])
    zh = (
        f"资金追溯：涉案账户 {first['from_account']} 的资金经 {len(hops)} 跳{zh_span}于 {when} 到达，"
        f"{amount} 元中 {carried} 元可追溯；全部入账的 {percent(share_e6)} 可追溯至涉案账户"
    )
    en = (
        f"money of referred account {first['from_account']} arrived after {counted(len(hops), 'hop')}{en_span}"
        f" at {when}: {carried} of {amount} yuan;"
        f" {percent(share_e6)} of all that came in descends from referred accounts"
    )
    key = f"lineage:{first['from_account']}"
    return [Line("lineage", first["from_account"], 0, zh, en, (key,))]


def ring(sources: Sources, account: int) -> list[Line]:
    row = int(sources.ties.ring[account])
    if row == NO_RING:
        return []
    ring = sources.rings[row]
    zh_kind, en_kind = ("团伙", "ring") if ring["kind"] == "ring" else ("线索团伙", "lead")
    return [
        Line(
            "ring", ring["ring_id"], 0, f"所属{zh_kind} {ring['ring_id']}：{ring['reason_zh']}",
            f"member of {en_kind} {ring['ring_id']}: {ring['reason_en']}", (f"ring:{ring['ring_id']}",),
        )
    ]  # fmt: skip


def indicators(hits: list[Row], sources: Sources) -> list[Line]:
    result = []
    for hit in sorted(hits, key=lambda h: (-h["points_e6"], h["indicator_id"])):
        indicator = sources.indicators[hit["indicator_id"]]
        zh, en = indicator.wording(hit["value"], sources.settings.indicators.get(indicator.id, {}))
        key = f"indicator:{indicator.id}@{indicator.version}"
        zh, en = f"{indicator.name_zh}：{zh}", f"{indicator.name_en}: {en}"
        result.append(Line("indicator", indicator.id, hit["points_e6"], zh, en, (key,)))
    return result


def behaviour(score: Row) -> list[Line]:
    if not score["behaviour_share_e6"]:
        return []
    text = percent(score["behaviour_e6"])
    return [
        Line("behaviour", "", score["behaviour_share_e6"], f"账户行为评分 {text}", f"behaviour scorecard at {text}")
    ]
