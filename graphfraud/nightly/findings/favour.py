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

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET
from graphfraud.core.csr import spread
from graphfraud.core.money import show_yuan
from graphfraud.core.snapshot import (
    COMPANY,
    DEVICE,
    FEE,
    I32,
    I64,
    NEVER,
    OPENING,
    OWN,
    PHONE,
    UNKNOWN,
    Flags,
    Snapshot,
)
from graphfraud.models.ties import NO_RING, OLD_DAYS
from graphfraud.nightly.findings.lines import Line, Row, Sources, counted, percent
from graphfraud.settings import HoldSettings
from graphfraud.trace.innocence import monthly

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

    @classmethod
    def of(cls, snapshot: Snapshot, account: int) -> Own:
        flows, rows = snapshot.flows, snapshot.flows_of(account)
        rows = rows[flows.tag[rows] & FEE == 0]
        inward = flows.payee[rows] == account
        other = np.where(inward, flows.payer[rows], flows.payee[rows])
        return cls(snapshot, account, rows, inward, other, flows.tag[rows] & OWN == 0)

    @property
    def time(self) -> I64:
        return self.snapshot.flows.time[self.rows]

    @property
    def amount(self) -> I64:
        return self.snapshot.flows.amount[self.rows]

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
    dealt = own.outer & (own.other >= 0)
    paid, paid_by = (np.unique(own.other[dealt & side]) for side in (~own.inward, own.inward))
    both = len(np.intersect1d(paid, paid_by))
    if both:
        whole = len(np.union1d(paid, paid_by))
        yield "two_way", f"{whole} 个对手中 {both} 个有双向往来", f"{both} of {whole} counterparties pay both ways"


def _monthly(own: Own, bounds: HoldSettings) -> Iterator[Fact]:
    """A salary, and payees paid every month: `months` is the longest run."""
    kind = own.snapshot.accounts.kind
    company = own.outer & (own.other >= 0) & (kind[np.maximum(own.other, 0)] == COMPANY)
    months, total, _ = _regular(own, own.inward & company, bounds.salary_months)
    if months:
        yield (
            "salary",
            f"同一单位连续 {months} 个月按月付款（疑似工资），共 {show_yuan(total)} 元",
            f"one company has paid it every month for {months} months, {show_yuan(total)} yuan (a salary)",
        )
    months, total, payees = _regular(own, ~own.inward & own.outer & (own.other >= 0), bounds.salary_months)
    if months:
        yield (
            "regular",
            f"按月向 {payees} 个固定收款人付款，最长连续 {months} 个月，共 {show_yuan(total)} 元",
            f"pays {counted(payees, 'payee')} every month, for up to {months} months, {show_yuan(total)} yuan",
        )


def _regular(own: Own, chosen: Flags, least: int) -> tuple[int, int, int]:
    """Longest run of months, sum and number of those counterparties with whom there is a run of `least` months."""
    other, time, amount = own.other[chosen], own.time[chosen], own.amount[chosen]
    many, count = np.unique(other, return_counts=True)
    runs = {int(v): monthly(time[other == v]) for v in many[count >= least]}
    kept = [v for v, run in runs.items() if run >= least]
    return max((runs[v] for v in kept), default=0), int(amount[np.isin(other, kept)].sum()), len(kept)


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
    came = own.rows[chosen].astype(np.int64)
    total = own.sum(chosen)
    if not total:
        return
    owner, place = spread(lots.in_ptr, came)
    link = lots.in_order[place]
    soon = time[lots.outflow[link]] - time[came[owner]] <= PASSED
    left = int(lots.amount[link[soon]].sum())
    if left <= bounds.relayed_share * total:
        share, yuan = percent(left * 1_000_000 // total), (show_yuan(total), show_yuan(left))
        yield (
            "kept",
            f"近 {RECENT_DAYS} 天入账 {yuan[0]} 元，24 小时内仅转出 {yuan[1]} 元（{share}）",
            f"of {yuan[0]} yuan that came in over {RECENT_DAYS} days only {yuan[1]} ({share}) left within 24 h",
        )


def _overnight(own: Own) -> Iterator[Fact]:
    """Days with credits at whose end half of the day's credits lay there: the balance as far as it is known."""
    if not len(own.rows):
        return
    amount = np.where(own.inward, own.amount, -own.amount)
    running = np.cumsum(amount) + int(own.snapshot.accounts.opening_balance[own.account])
    balance = running - np.minimum(np.minimum.accumulate(running), 0)  # never below 0
    day = (own.time + SHANGHAI_OFFSET) // DAY
    _, first = np.unique(day, return_index=True)
    came = np.add.reduceat(np.where(own.inward & own.outer, own.amount, 0), first)
    ends = balance[np.append(first[1:], len(day)) - 1]
    active = came > 0
    kept, whole = int((active & (2 * ends >= came)).sum()), int(active.sum())
    if whole >= DAYS and 5 * kept >= 4 * whole:
        yield (
            "overnight",
            f"{whole} 个有入账的日子中，{kept} 个日终仍留有当日入账的一半以上",
            f"on {kept} of {whole} days with credits half of them or more lay there at the end of the day",
        )


def _savings(own: Own, sources: Sources) -> Iterator[Fact]:
    """Payments to suspects out of savings: a victim's, or those of somebody made to relay."""
    ties, bounds, lots, time = sources.ties, sources.settings.holds, own.snapshot.lots, own.snapshot.flows.time
    mine = ties.ring[own.account]
    suspect = ties.referred | ((ties.ring == mine) if mine != NO_RING else np.zeros(len(ties.ring), bool))
    chosen = ~own.inward & own.outer & (own.other >= 0)
    chosen &= suspect[np.maximum(own.other, 0)]
    out, total = own.rows[chosen].astype(np.int64), own.sum(chosen)
    if not total:
        return
    owner, link = spread(lots.out_ptr, out)
    source = lots.inflow[link]
    lain = (source >= 0) & (time[out[owner]] - time[np.maximum(source, 0)] >= bounds.old_money_days * DAY)
    saved = int(lots.amount[link[lain | (source == OPENING)]].sum())
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
        dealt = np.isin(own.other, others[others != me])
        if own.inward[dealt].any() and not own.inward[dealt].all():
            best = max(best, (int(dealt.sum()), -holders))
    if best[0]:
        count, holders = best[0], -best[1]
        yield (
            "family",
            f"共用设备或手机号的仅 {holders} 名持有人，相互双向往来 {count} 笔（疑似家庭）",
            f"the device or phone it shares has {holders} holders only, who pay one another both ways:"
            f" {counted(count, 'payment')} (a family)",
        )
