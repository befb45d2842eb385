"""What speaks for an account that alerts (domain.md §7): facts with their numbers, no points and no evidence.

age           open for 180 days or longer
two_way       counterparties that it pays and is paid by
salary        one company has paid it every month, for three months or longer
regular       payees that it has paid every month for as long: rent, a loan, wages
prior         dealings with whoever passed the referred money on to it, 30 days or longer before that
kept          of the credits of 30 days at most a tenth left within 24 hours (newest money first)
overnight     on four of five days with credits, ten at least, half of the day's credits lay there at its end
savings       half or more of what it paid to referred accounts and its ring had lain there for a week, or all along
own_accounts  half or more of what went out went to the holder's other accounts
family        a device or phone of two or three holders, who pay one another in both directions

From when on a fact speaks is in [holds], which asks the same of accounts that traced money reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.money import show_yuan
from graphfraud.core.snapshot import (
    COMPANY,
    DEVICE,
    FEE,
    I32,
    I64,
    NEVER,
    OWN,
    PHONE,
    UNKNOWN,
    Flags,
    Snapshot,
)
from graphfraud.models.ties import NO_RING, OLD_DAYS
from graphfraud.nightly.findings.habits import both_ways, dealt_with, ends_of_days, every_month, had_lain, left_within
from graphfraud.nightly.findings.lines import Line, Row, Sources, counted, percent
from graphfraud.settings import HoldSettings

PASSED = 24 * HOUR  # money that leaves within this time was passed on
RECENT_DAYS = 30  # credits whose stay is looked at
DAYS = 10  # days with credits from which the ends of days say something
NOTHING_ZH, NOTHING_EN = "未发现有利情形", "nothing that is looked for speaks for it"
FAMILY = 3  # holders of a family's device or phone at most


@dataclass(frozen=True)
class Own:
    """Payments of one account, fees aside; `other` is the other side. `outer`: not between accounts of one holder."""

    snapshot: Snapshot
    account: int
    rows: I32
    inward: Flags
    other: I32
    outer: Flags
    time: I64
    amount: I64

    @classmethod
    def of(cls, snapshot: Snapshot, account: int) -> Own:
        flows, rows = snapshot.flows, snapshot.flows_of(account)
        rows = rows[flows.tag[rows] & FEE == 0]
        inward = flows.payee[rows] == account
        other = np.where(inward, flows.payer[rows], flows.payee[rows])
        outer = flows.tag[rows] & OWN == 0
        return cls(snapshot, account, rows, inward, other, outer, flows.time[rows], flows.amount[rows])

    def sum(self, chosen: Flags) -> int:
        return int(self.amount[chosen].sum())


def exculpatory(sources: Sources, account: int) -> list[Line]:
    """What speaks for the account, or that nothing does. O(its payments and identifiers, log factors)."""
    own, bounds = Own.of(sources.snapshot, account), sources.settings.holds
    lineage = sources.lineage.get(sources.snapshot.accounts.id[account], [])
    found = [*_age(own), *_two_way(own), *_monthly(own, bounds), *_prior(own, lineage, bounds)]
    found += [
        *_kept(own, bounds),
        *_overnight(own),
        *_savings(own, sources),
        *_own_accounts(own),
        *_family(own, sources),
    ]
    if not found:
        return [Line("exculpatory", "", 0, NOTHING_ZH, NOTHING_EN)]
    return [Line("exculpatory", name, 0, f"有利情形：{zh}", f"in its favour: {en}") for name, zh, en in found]


Fact = tuple[str, str, str]  # name, zh, en


def _age(own: Own) -> Iterator[Fact]:
    opened = int(own.snapshot.accounts.open_time[own.account])
    if opened != NEVER and own.snapshot.as_of - opened >= OLD_DAYS * DAY:
        days = (own.snapshot.as_of - opened) // DAY
        yield "age", f"开户已 {days:,} 天", f"open for {days:,} days"


def _two_way(own: Own) -> Iterator[Fact]:
    both, whole = both_ways(own.other, own.inward, own.outer & (own.other >= 0))
    if both:
        yield "two_way", f"{whole} 个对手中 {both} 个有双向往来", f"{both} of {whole} counterparties pay both ways"


def _monthly(own: Own, bounds: HoldSettings) -> Iterator[Fact]:
    """A salary, and payees paid every month: `months` is the longest run."""
    least = bounds.salary_months
    kind = own.snapshot.accounts.kind
    company = own.outer & (own.other >= 0) & (kind[np.maximum(own.other, 0)] == COMPANY)
    months, total, _ = every_month(own.other, own.time, own.amount, own.inward & company, least)
    if months:
        yield (
            "salary",
            f"同一单位连续 {months} 个月按月付款（疑似工资），共 {show_yuan(total)} 元",
            f"one company has paid it every month for {months} months, {show_yuan(total)} yuan (a salary)",
        )
    paid = ~own.inward & own.outer & (own.other >= 0)
    months, total, payees = every_month(own.other, own.time, own.amount, paid, least)
    if months:
        yield (
            "regular",
            f"按月向 {payees} 个固定收款人付款，最长连续 {months} 个月，共 {show_yuan(total)} 元",
            f"pays {counted(payees, 'payee')} every month, for up to {months} months, {show_yuan(total)} yuan",
        )


def _prior(own: Own, lineage: list[Row], bounds: HoldSettings) -> Iterator[Fact]:
    """Dealings with the payer of the last hop of the lineage, long before it."""
    if not lineage:
        return
    last = max(lineage, key=lambda row: int(row["hop"]))
    payer = own.snapshot.accounts.id.find(last["from_account"])
    early = (own.other == payer) & (own.time < last["time"] - bounds.prior_days * DAY)
    if payer >= 0 and early.any():
        count, days = int(early.sum()), int(last["time"] - own.time[early].min()) // DAY
        name = last["from_account"]
        yield (
            "prior",
            f"与该笔资金的付款方 {name} 早有往来：{days} 天前起已有 {count} 笔",
            f"dealt with {name}, which paid that money, long before: {counted(count, 'payment')}"
            f" since {days} days earlier",
        )


def _kept(own: Own, bounds: HoldSettings) -> Iterator[Fact]:
    """Credits of the last 30 days, those of the last one aside: they may still be passed on."""
    lots, time, as_of = own.snapshot.lots, own.snapshot.flows.time, own.snapshot.as_of
    chosen = own.inward & own.outer & (own.time > as_of - RECENT_DAYS * DAY) & (own.time <= as_of - PASSED)
    total = own.sum(chosen)
    if not total:
        return
    left = left_within(own.rows[chosen], (lots.in_ptr, lots.in_order, lots.outflow, lots.amount), time, PASSED)
    if left <= bounds.relayed_share * total:
        share, yuan = percent(left * 1_000_000 // total), (show_yuan(total), show_yuan(left))
        yield (
            "kept",
            f"近 {RECENT_DAYS} 天入账 {yuan[0]} 元，24 小时内仅转出 {yuan[1]} 元（{share}）",
            f"of {yuan[0]} yuan that came in over {RECENT_DAYS} days only {yuan[1]} ({share}) left within 24 h",
        )


def _overnight(own: Own) -> Iterator[Fact]:
    """Days with credits at whose end half of the day's credits lay there: the balance as far as it is known."""
    opening = int(own.snapshot.accounts.opening_balance[own.account])
    kept, whole = ends_of_days(own.inward, own.outer, own.amount, own.time, opening)
    if whole >= DAYS and 5 * kept >= 4 * whole:
        yield (
            "overnight",
            f"{whole} 个有入账的日子中，{kept} 个日终仍留有当日入账的一半以上",
            f"on {kept} of {whole} days with credits half of them or more lay there at the end of the day",
        )


def _savings(own: Own, sources: Sources) -> Iterator[Fact]:
    """Payments to suspects out of savings: a victim's, or those of somebody made to relay."""
    ties, bounds, lots, time = sources.ties, sources.settings.holds, own.snapshot.lots, own.snapshot.flows.time
    mine, other = ties.ring[own.account], np.maximum(own.other, 0)
    suspect = ties.referred[other] | ((ties.ring[other] == mine) & (mine != NO_RING))
    chosen = ~own.inward & own.outer & (own.other >= 0) & suspect
    total = own.sum(chosen)
    if not total:
        return
    links = lots.out_ptr, lots.inflow, lots.amount
    saved = had_lain(own.rows[chosen], links, time, bounds.old_money_days * DAY)
    if 2 * saved >= total:
        days, yuan = bounds.old_money_days, (show_yuan(total), show_yuan(saved))
        yield (
            "savings",
            f"付给涉案账户及团伙的 {yuan[0]} 元中，{yuan[1]} 元为自有积蓄（已留存 {days} 天以上或为期初余额）",
            f"of {yuan[0]} yuan it paid to referred accounts and its ring {yuan[1]} had lain there for {days} days,"
            " or from the beginning",
        )


def _own_accounts(own: Own) -> Iterator[Fact]:
    out = ~own.inward
    total, mine = own.sum(out), own.sum(out & ~own.outer)
    if mine and 2 * mine >= total:
        share, yuan = percent(mine * 1_000_000 // total), (show_yuan(total), show_yuan(mine))
        yield (
            "own_accounts",
            f"转出的 {yuan[0]} 元中，{yuan[1]} 元（{share}）转入本人其他账户",
            f"of {yuan[0]} yuan that went out {yuan[1]} ({share}) went to the holder's other accounts",
        )


def _family(own: Own, sources: Sources) -> Iterator[Fact]:
    """Few holders on one device or phone, who pay one another both ways. The strongest such identifier is told."""
    table, holder, me = own.snapshot.identifiers, own.snapshot.accounts.holder, own.account
    best = (0, 0)  # payments, holders
    for z in table.by_account[table.by_account_ptr[me] : table.by_account_ptr[me + 1]].tolist():
        holders = int(sources.ties.holders[z])
        if table.kind[z] not in (DEVICE, PHONE) or not 2 <= holders <= FAMILY:
            continue
        users = table.account[table.ptr[z] : table.ptr[z + 1]]
        others = users[(holder[users] != holder[me]) | (holder[users] == UNKNOWN)]
        came, went = dealt_with(own.other, own.inward, others[others != me])
        if came and went:
            best = max(best, (came + went, -holders))
    if best[0]:
        count, holders = best[0], -best[1]
        yield (
            "family",
            f"共用设备或手机号的仅 {holders} 名持有人，相互双向往来 {count} 笔（疑似家庭）",
            f"the device or phone it shares has {holders} holders only, who pay one another both ways:"
            f" {counted(count, 'payment')} (a family)",
        )
