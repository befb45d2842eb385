"""Why an account alerts: ranked lines in an investigator's words, each with the key by which it persists.

Points. The `referral` and `behaviour` lines carry the two parts of the score: their points sum to `scores.score_e6`.
The `indicator` lines carry the scorecard: their points sum to `scores.points_e6`. Other lines carry none.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.clock import DAY, show
from graphfraud.core.money import show_yuan
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import CASH_DESK, FEE, I32, IP, NEVER, OWN, UNKNOWN, Snapshot
from graphfraud.indicators import Indicator, catalogue
from graphfraud.nightly.alerts import Candidate
from graphfraud.nightly.ties import NO_RING, OLD_DAYS, Ties
from graphfraud.settings import Settings

Row = dict[str, Any]
KIND_ZH = {"device": "设备", "phone": "手机号", "mac": "网卡地址", "address": "地址", "agent": "代办人"}
#: A referral that brings this share of a score is evidence of its own; one that already was stays so down to WEAK.
STRONG_E6, WEAK_E6 = 250_000, 100_000
SHOWN = 3  # referrals named in one line
SUMMARY = 4  # reasons in the summary of an alert


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


def by_account(table: pa.Table, accounts: pa.Array) -> dict[str, list[Row]]:
    """Rows of the table for these accounts, by account."""
    result: dict[str, list[Row]] = defaultdict(list)
    for row in table.filter(pc.is_in(table["account_id"], value_set=accounts)).to_pylist():
        result[row["account_id"]].append(row)
    return dict(result)


def lines(sources: Sources, account: int, score: Row) -> list[Line]:
    """Reasons of one account, strongest first; at least one. O(its flows + its identifiers)."""
    name = score["account_id"]
    found = [
        *_referred(sources, account),
        *_referral(sources.shares.get(name, []), score),
        *_lineage(sources.lineage.get(name, []), score["lineage_e6"]),
        *_ring(sources, account),
        *_indicators(sources.hits.get(name, []), sources.settings),
        *_identifiers(sources, account),
        *_behaviour(score),
        *_exculpatory(sources, account),
    ]
    return found


def percent(share_e6: int) -> str:
    return f"{share_e6 / 10_000:.1f} %"


def _referred(sources: Sources, account: int) -> list[Line]:
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


def _referral(shares: list[Row], score: Row) -> list[Line]:
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


def _lineage(hops: list[Row], share_e6: int) -> list[Line]:
    if not hops:
        return []
    hops = sorted(hops, key=lambda r: r["hop"])
    first, last = hops[0], hops[-1]
    when, carried, amount = show(last["time"], seconds=False), show_yuan(last["carried"]), show_yuan(last["amount"])
    zh = (
        f"资金追溯：涉案账户 {first['from_account']} 的资金经 {len(hops)} 跳于 {when} 到达，"
        f"{amount} 元中 {carried} 元可追溯；全部入账的 {percent(share_e6)} 可追溯至涉案账户"
    )
    en = (
        f"money of referred account {first['from_account']} arrived after {len(hops)} hops at {when}: {carried} of"
        f" {amount} yuan; {percent(share_e6)} of all that came in descends from referred accounts"
    )
    key = f"lineage:{first['from_account']}"
    return [Line("lineage", first["from_account"], 0, zh, en, (key,))]


def _ring(sources: Sources, account: int) -> list[Line]:
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


def _indicators(hits: list[Row], settings: Settings) -> list[Line]:
    known: dict[str, Indicator] = {i.id: i for i in catalogue()}
    result = []
    for hit in sorted(hits, key=lambda h: (-h["points_e6"], h["indicator_id"])):
        indicator = known[hit["indicator_id"]]
        zh, en = indicator.wording(hit["value"], settings.indicators.get(indicator.id, {}))
        key = f"indicator:{indicator.id}@{indicator.version}"
        zh, en = f"{indicator.name_zh}：{zh}", f"{indicator.name_en}: {en}"
        result.append(Line("indicator", indicator.id, hit["points_e6"], zh, en, (key,)))
    return result


def _identifiers(sources: Sources, account: int) -> list[Line]:
    """Devices, phones and the like shared with a referred account or a member of the same ring; values masked."""
    table, ties, cap = sources.snapshot.identifiers, sources.ties, sources.settings.links.max_holders_ring
    result = []
    for z in table.by_account[table.by_account_ptr[account] : table.by_account_ptr[account + 1]].tolist():
        holders = int(ties.holders[z])
        if table.kind[z] == IP or not 2 <= holders <= cap:
            continue
        tied = _tied(sources, account, table.account[table.ptr[z] : table.ptr[z + 1]])
        if tied:
            result.append(_identifier(IDENTIFIER_KINDS[int(table.kind[z])], table.value[z], holders, tied))
    return sorted(result, key=lambda line: line.source_id)


def _tied(sources: Sources, account: int, users: I32) -> int:
    """Users of another holder that are referred or in the same ring."""
    holder, ties = sources.snapshot.accounts.holder, sources.ties
    other = (users != account) & ((holder[users] != holder[account]) | (holder[users] == UNKNOWN))
    same_ring = (ties.ring[users] == ties.ring[account]) & (ties.ring[account] != NO_RING)
    return int((other & (ties.referred[users] | same_ring)).sum())


def _identifier(kind: str, value: str, holders: int, tied: int) -> Line:
    digest = hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()[:12]
    masked = f"{value[:2]}***{value[-2:]}" if len(value) >= 8 else "***"
    return Line(
        "identifier", f"{kind}:{digest}", 0,
        f"与 {tied} 个涉案或同团伙账户共用{KIND_ZH[kind]} {masked}（共 {holders} 名持有人）",
        f"shares {kind} {masked} with {tied} referred or fellow accounts ({holders} holders in all)",
        (f"identifier:{kind}:{digest}",),
    )  # fmt: skip


def _behaviour(score: Row) -> list[Line]:
    if not score["behaviour_share_e6"]:
        return []
    text = percent(score["behaviour_e6"])
    return [
        Line("behaviour", "", score["behaviour_share_e6"], f"账户行为评分 {text}", f"behaviour scorecard at {text}")
    ]


def _exculpatory(sources: Sources, account: int) -> list[Line]:
    """What speaks for the account: its age, and people it both pays and is paid by."""
    snapshot = sources.snapshot
    result = []
    opened = int(snapshot.accounts.open_time[account])
    if opened != NEVER and snapshot.as_of - opened >= OLD_DAYS * DAY:
        days = (snapshot.as_of - opened) // DAY
        result.append(
            Line("exculpatory", "age", 0, f"有利情形：开户已 {days:,} 天", f"in its favour: open for {days:,} days")
        )
    both, whole = _two_way(snapshot, snapshot.flows_of(account), account)
    if both:
        zh = f"有利情形：{whole} 个对手中 {both} 个有双向往来"
        result.append(
            Line("exculpatory", "two_way", 0, zh, f"in its favour: {both} of {whole} counterparties pay both ways")
        )
    return result


def _two_way(snapshot: Snapshot, rows: I32, account: int) -> tuple[int, int]:
    """Counterparties with payments in both directions, and all counterparties."""
    flows = snapshot.flows
    rows = rows[(flows.tag[rows] & (OWN | FEE)) == 0]
    payer, payee = flows.payer[rows], flows.payee[rows]
    paid = set(payee[payee != account].tolist()) - {CASH_DESK}
    paid_by = set(payer[payer != account].tolist()) - {CASH_DESK}
    return len(paid & paid_by), len(paid | paid_by)


def candidate(score: Row, found: Sequence[Line]) -> Candidate:
    """The account as it stands before the alerts of last night: evidence keys and a summary of its first reasons."""
    first = [line for line in found if line.keys][:SUMMARY]
    return Candidate(
        score["account_id"],
        score["level"],
        score["score_e6"],
        frozenset(key for line in found for key in line.keys),
        frozenset(key for line in found for key in line.weak),
        "；".join(line.zh for line in first),
        "; ".join(line.en for line in first),
    )


def closed(row: Row) -> Line:
    """The one reason of an alert that is no longer supported."""
    return Line("closed", "", 0, row["reason_zh"], row["reason_en"])


def reason_rows(alert_id: str, found: Sequence[Line]) -> list[Row]:
    """Rows of `alert_reasons`."""
    return [
        {
            "alert_id": alert_id, "rank": rank, "source": line.source, "source_id": line.source_id,
            "points_e6": line.points_e6, "reason_zh": line.zh, "reason_en": line.en,
        }
        for rank, line in enumerate(found, start=1)
    ]  # fmt: skip
