"""Reasons from what is known of an account itself: identifiers it shares, an exemption. They carry no points."""

from __future__ import annotations

import hashlib

from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import I32, IP, UNKNOWN
from graphfraud.models.ties import NO_RING
from graphfraud.nightly.findings.lines import Line, Sources

NAMED = 3  # accounts named in one line
KIND_ZH = {"device": "设备", "phone": "手机号", "mac": "网卡地址", "address": "地址", "agent": "代办人"}


def identifiers(sources: Sources, account: int) -> list[Line]:
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


def _tied(sources: Sources, account: int, users: I32) -> list[str]:
    """Users of another holder that are referred or in the same ring, referred ones first."""
    holder, ties = sources.snapshot.accounts.holder, sources.ties
    other = (users != account) & ((holder[users] != holder[account]) | (holder[users] == UNKNOWN))
    same_ring = (ties.ring[users] == ties.ring[account]) & (ties.ring[account] != NO_RING)
    tied = users[other & (ties.referred[users] | same_ring)].tolist()
    return [sources.snapshot.accounts.id[v] for v in sorted(tied, key=lambda v: (not ties.referred[v], v))]


def _identifier(kind: str, value: str, holders: int, tied: list[str]) -> Line:
    digest = hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()[:12]
    masked = f"{value[:2]}***{value[-2:]}" if len(value) >= 8 else "***"
    more = len(tied) - NAMED
    zh = "、".join(tied[:NAMED]) + (f" 等 {len(tied)} 户" if more > 0 else "")
    en = ", ".join(tied[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return Line(
        "identifier", f"{kind}:{digest}", 0,
        f"与涉案或同团伙账户 {zh} 共用{KIND_ZH[kind]} {masked}（共 {holders} 名持有人）",
        f"shares {kind} {masked} with {en}, referred or of the same ring ({holders} holders in all)",
        (f"identifier:{kind}:{digest}",),
    )  # fmt: skip


def exemption(sources: Sources, account: int) -> list[Line]:
    """The bank exempts accounts of its class. How it would stand otherwise is for a person to weigh."""
    name, wanted = sources.snapshot.accounts.exempt_of(account), sources.settings.levels.exempt_classes
    if not name or (wanted and name not in wanted):
        return []
    zh, en = f"豁免账户（类别 {name}）", f"exempt account (class {name})"
    level = int(sources.unexempted[account])
    if sources.ties.referred[account]:
        zh, en = f"{zh}：已被公安移送，豁免不适用", f"{en}: referred by the police, so the exemption does not hold"
    else:
        zh, en = f"{zh}：自动预警最高 3 级", f"{en}: at level 3 at most"
        zh += f"，否则为 {level} 级" if level in (1, 2) else ""
        en += f", it would be at level {level}" if level in (1, 2) else ""
    return [Line("exempt", name, 0, zh, en)]
