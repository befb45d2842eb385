"""Restitution sheets: who could get what of an account's frozen money, by which branch of the rule, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from graphfraud.core.clock import DAY
from graphfraud.core.money import show_yuan
from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import CASH_DESK, Referrals
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.answers import Answer, Micros, Minor, stamp
from graphfraud.services.books import book_of
from graphfraud.services.holds.ask import limits_of
from graphfraud.services.holds.people import people
from graphfraud.services.lens import MASKED, Lens
from graphfraud.settings import HoldSettings
from graphfraud.trace import Book, End, Rule, Trace, follow
from graphfraud.trace.balances import balances
from graphfraud.trace.reported import Reported, reported
from graphfraud.trace.restitution import METHODS, Branch, Claim, Proposal, restitute

NOTICE_DAYS = 30
#: Branch → why, in Chinese and English.
REASONS = {
    Branch.NOBODY: ("未追踪到被害人资金进入本账户。", "No victim's money is traced to this account."),
    Branch.ONLY_CREDIT: (
        "账户仅有一笔入账，且全部为该被害人的资金，直接返还。",
        "The account's only credit is this victim's money: returned directly.",
    ),
    Branch.TIME_STAMPS: (
        "按交易时间可直接溯源：先进先出、后进先出、按比例三种方法对余额归属结论一致，直接返还。",
        "Time stamps resolve it: first in first out, last in first out and pro rata agree on who owns the balance.",
    ),
    Branch.PRO_RATA: (
        "按交易时间无法直接溯源：三种方法结论不一致，按各被害人流入本账户的损失比例返还，须公告三十日。",
        "Time stamps do not resolve it, the three methods disagree: in proportion to what each lost into this account,"
        " after a notice of thirty days.",
    ),
}


@dataclass(frozen=True)
class RestitutionRequest:
    """Sheets of one account, or of every account of a case that still holds its money. Amounts minor units."""

    account_id: str | None = None
    case_no: str | None = None
    amount: int | None = None  # frozen; None: the known balance
    earlier: int = 0  # part of it that earlier freezes of other authorities cover
    returned: Mapping[str, int] | None = None  # victim → what has been returned already

    def __post_init__(self) -> None:
        if (self.account_id is None) == (self.case_no is None):
            raise UsageError("name an account, or a case with --case")
        if self.account_id is None and (self.amount is not None or self.earlier):
            raise UsageError("--amount and --earlier are of one account; name it")
        if min(self.amount or 0, self.earlier, *(self.returned or {"": 0}).values()) < 0:
            raise UsageError("amounts of a restitution are 0 or more")


@dataclass(frozen=True)
class RestitutionShare:
    """One victim's part of a sheet."""

    victim: Annotated[str, Field(description="account that paid; `cash REFERRAL` where the victim paid in cash")]
    holder_name: Annotated[str | None, Field(description="masked unless a reason was given")]
    cases: list[str]
    loss: Annotated[Minor, Field(description="what came into this account of the victim's money")]
    owed: Annotated[Minor, Field(description="reported less returned, before this sheet")]
    held: Annotated[dict[str, Minor], Field(description="what of the balance is the victim's, by method")]
    amount: Annotated[Minor, Field(description="to return")]


@dataclass(frozen=True)
class RestitutionSheet:
    """The proposal for one account: `returned` + `rest` = `available`; the shares add up to `returned`."""

    account_id: str
    balance: Annotated[Minor, Field(description="known balance at T")]
    frozen: Minor
    earlier: Annotated[Minor, Field(description="covered by earlier freezes")]
    available: Minor
    branch: Annotated[int, Field(description="1 only credit, 2 time stamps, 3 in proportion; 0: nobody's")]
    shares: list[RestitutionShare]
    returned: Minor
    rest: Annotated[Minor, Field(description="not any of these victims'")]
    notice_days: Annotated[int, Field(description="days of public notice before anything is returned; 0: none")]
    notice_until: Micros | None
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class RestitutionAnswer(Answer):
    """Sheets, in order of what they return. A proposal: sign-off is the police's, objections reopen it."""

    account_id: str | None
    case_no: str | None
    sheets: list[RestitutionSheet]
    available: Minor
    returned: Minor
    rest: Minor
    masked: bool
    note_zh: str
    note_en: str


def restitution(
    run: PublishedRun, request: RestitutionRequest, settings: HoldSettings | None = None, lens: Lens = MASKED
) -> RestitutionAnswer:
    """Sheets at the run's T.

    Claims are those of every victim whose reported payment is known, whatever the case: they share an account. A case
    only chooses the accounts; its sheets are worked out one after the other, the account with most of its money first,
    so that nobody gets more in all than is owed. Raises UnknownId for an account or case that is not there, UsageError
    where no payment is known or an amount is wrong.
    """
    book = book_of(run)
    wanted = None if request.account_id is None else book.account(request.account_id)
    case = reported(book, run.snapshot.referrals, None, run.as_of)
    limits = limits_of(settings or HoldSettings(), run.as_of)
    desk = _Desk(run, book, case, {rule: follow(book, case.starts, rule, limits) for rule in METHODS}, lens)
    victims = _victims(book, run.snapshot.referrals, case)
    owed = _owed(victims, request.returned or {})
    accounts = desk.accounts(request.case_no or "") if wanted is None else [wanted]
    sheets = []
    for account in accounts:
        sheet = desk.sheet(account, request, victims, owed)
        for share in sheet.shares:
            owed[share.victim] -= share.amount
        sheets.append(sheet)
    return RestitutionAnswer(
        **stamp(run),
        account_id=request.account_id,
        case_no=request.case_no,
        sheets=sheets,
        available=sum(s.available for s in sheets),
        returned=sum(s.returned for s in sheets),
        rest=sum(s.rest for s in sheets),
        masked=lens.masked,
        note_zh="本表为返还建议，由公安机关审核决定；有异议的重新核算。",
        note_en="A proposal: the police decide and sign, an objection reopens it.",
    )


@dataclass(frozen=True)
class _Victim:
    """A person who reported: the origins (by number) that are theirs, and how much they reported in all."""

    key: str
    account: int  # CASH_DESK where they paid in cash
    origins: tuple[int, ...]
    cases: tuple[str, ...]
    reported: int


def _victims(book: Book, referrals: Referrals, case: Reported) -> list[_Victim]:
    """Victims by account, in order of their key. O(origins)."""
    found: dict[str, list[int]] = {}
    for origin, row in enumerate(case.rows):
        payer = int(book.flows.payer[case.starts.flow[case.starts.ptr[origin]]])
        key = f"cash {referrals.id[row]}" if payer == CASH_DESK else book.accounts.id[payer]
        found.setdefault(key, []).append(origin)
    return [_victim(book, referrals, case, key, found[key]) for key in sorted(found)]


def _victim(book: Book, referrals: Referrals, case: Reported, key: str, origins: list[int]) -> _Victim:
    paid = [case.starts.flow[case.starts.ptr[o] : case.starts.ptr[o + 1]] for o in origins]
    rows = [case.rows[o] for o in origins]
    total = sum(
        max(int(referrals.victim_amount[row]), int(book.flows.amount[flows].sum()))
        for row, flows in zip(rows, paid, strict=True)
    )
    account = int(book.flows.payer[paid[0][0]])
    return _Victim(key, account, tuple(origins), tuple(sorted({referrals.case[r] for r in rows})), total)


def _owed(victims: list[_Victim], returned: Mapping[str, int]) -> dict[str, int]:
    unknown = sorted(set(returned) - {v.key for v in victims})
    if unknown:
        raise UnknownId(f"{', '.join(unknown)} did not report a payment here; nothing can have been returned to them")
    return {v.key: max(0, v.reported - returned.get(v.key, 0)) for v in victims}


@dataclass(frozen=True)
class _Desk:
    """Makes sheets from the traces under the three methods."""

    run: PublishedRun
    book: Book
    case: Reported
    traces: Mapping[Rule, Trace]
    lens: Lens

    def accounts(self, case_no: str) -> list[int]:
        """Our accounts that still hold money of a case: the most under pro-rata first, then by account.

        Raises UnknownId, UsageError as `reported` does.
        """
        referrals = self.run.snapshot.referrals
        reported(self.book, referrals, case_no, self.run.as_of)
        mine = {origin for origin, row in enumerate(self.case.rows) if referrals.case[row] == case_no}
        most: dict[int, int] = {}
        for rule, trace in self.traces.items():
            for (origin, account), amount in trace.ended(End.HELD).items():
                if origin in mine:
                    most[account] = most.get(account, 0) + (amount if rule is Rule.PRO_RATA else 0)
        return sorted(most, key=lambda a: (-most[a], a))

    def sheet(
        self, account: int, request: RestitutionRequest, victims: list[_Victim], owed: Mapping[str, int]
    ) -> RestitutionSheet:
        balance = int(balances(self.book, np.array([account], np.int32), self.run.as_of).amount[0])
        claims = self._claims(account, victims, owed)
        frozen = balance if request.amount is None else request.amount
        found = restitute(frozen, request.earlier, claims, self._only_credit(account))
        by_key = {v.key: v for v in victims}
        shares = self._shares([(by_key[c.victim], c) for c in claims if c.victim in found.returns], found)
        notice = NOTICE_DAYS if found.branch is Branch.PRO_RATA else 0
        zh, en = _reason(found, frozen > balance, balance)
        return RestitutionSheet(
            account_id=self.book.accounts.id[account],
            balance=balance,
            frozen=frozen,
            earlier=request.earlier,
            available=found.available,
            branch=int(found.branch),
            shares=shares,
            returned=found.returned,
            rest=found.rest,
            notice_days=notice,
            notice_until=self.run.as_of + notice * DAY if notice else None,
            reason_zh=zh,
            reason_en=en,
        )

    def _claims(self, account: int, victims: list[_Victim], owed: Mapping[str, int]) -> list[Claim]:
        """Losses are what the pro-rata rule brought into the account, money that comes back counted once at most."""
        through = self.traces[Rule.PRO_RATA].through()
        held = {rule: trace.ended(End.HELD) for rule, trace in self.traces.items()}
        claims = []
        for v in victims:
            loss = sum(min(through.get((o, account), 0), int(self.traces[Rule.PRO_RATA].started[o])) for o in v.origins)
            own = {rule: sum(held[rule].get((o, account), 0) for o in v.origins) for rule in METHODS}
            if loss or any(own.values()):
                claims.append(Claim(v.key, max(loss, *own.values()), owed[v.key], own))
        return claims

    def _only_credit(self, account: int) -> bool:
        """One payment came in by T, all of it a reported one, and there was no opening balance."""
        flows = self.book.flows
        mine = self.book.events.flow[self.book.events.ptr[account] : self.book.events.ptr[account + 1]]
        came = mine[(flows.payee[mine] == account) & (flows.time[mine] <= self.run.as_of)]
        whole = self.traces[Rule.PRO_RATA].hops
        carried = int(whole.carried[whole.flow == came[0]].sum()) if len(came) == 1 else 0
        no_opening = int(self.book.accounts.opening_balance[account]) <= 0
        return len(came) == 1 and no_opening and carried == int(flows.amount[came[0]])

    def _shares(self, claims: list[tuple[_Victim, Claim]], found: Proposal) -> list[RestitutionShare]:
        who = people(self.run, [v.account for v, _ in claims if v.account != CASH_DESK], self.lens)
        return [
            RestitutionShare(
                victim.key,
                who.get(victim.account, {}).get("holder_name"),
                list(victim.cases),
                claim.loss,
                claim.owed,
                {str(rule): amount for rule, amount in claim.held.items()},
                found.returns[victim.key],
            )
            for victim, claim in claims
        ]


def _reason(found: Proposal, beyond: bool, balance: int) -> tuple[str, str]:
    zh, en = REASONS[found.branch]
    if beyond:
        zh += f"所填冻结金额高于已知余额 {show_yuan(balance)} 元，请核对。"
        en += f" The frozen amount is above the known balance of {show_yuan(balance)} yuan: check it."
    return zh, en
