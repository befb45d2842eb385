"""Data requests (调单): which other bank's statement would explain the most money of a case that we lose sight of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from graphfraud.core.clock import DAY
from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import FEE, I64, NEVER, Referrals
from graphfraud.errors import UnknownId
from graphfraud.services.answers import MILLION, Answer, Micros, Minor, Share, stamp
from graphfraud.services.books import book_of
from graphfraud.services.request_words import Wanted, said, summary
from graphfraud.services.trace import TraceLimits
from graphfraud.trace import RULES, Book, Direction, Limits, Rule, Starts, Trace, under_all_rules
from graphfraud.trace.requests import Request, amounts_by_bank, best_under, next_requests

#: Up, money that lay longer in an account before it was passed on is the payer's own: nobody is asked about it.
UP_WINDOW = 3 * DAY
#: Up, what came into a referred account counts from this long before its first victim's payment,
UP_BEFORE = 7 * DAY
#: or, where that is not known, this much longer before it was referred.
UP_UNKNOWN = 30 * DAY
#: Payments that are traced together, and the cases they belong to.
Origin = tuple[list[int], list[str]]


@dataclass(frozen=True)
class Explained:
    """An amount under each of the five rules, and its part of the money that is traced."""

    low: Minor
    high: Minor
    by_rule: dict[str, Minor]
    share_low: Share
    share_high: Share


@dataclass(frozen=True)
class DataRequest:
    """The statement of one account of another bank."""

    rank: int
    account_id: str
    bank: Annotated[str | None, Field(description="null: not known")]
    explains: Explained
    best_under: Annotated[list[str], Field(description="rules under which no other account explains more")]
    cases: list[str]
    payments: Annotated[int, Field(description="payments of the traces with this account")]
    since: Annotated[Micros, Field(description="the first of them")]
    until: Annotated[Micros, Field(description="the last of them")]
    ask_from: Annotated[Micros, Field(description="beginning of the statement to ask for")]
    ask_to: Annotated[Micros, Field(description="its end")]
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class BankRequest:
    """The statements of one bank together."""

    rank: int
    bank: Annotated[str | None, Field(description="null: not known")]
    accounts: list[str]
    explains: Explained
    best_under: Annotated[list[str], Field(description="rules under which no other bank explains more")]
    payments: int
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class Requests:
    """One direction. Under each rule the requests add up to `lost`, and so do the banks."""

    total: Annotated[Minor, Field(description="money that is traced")]
    lost: Annotated[Explained, Field(description="part of it that other banks' accounts took (down) or gave (up)")]
    cut: Annotated[Explained, Field(description="part of it that limits of the trace cut: not known where it is")]
    accounts: Annotated[
        list[DataRequest], Field(description="what explains most, on average over the rules, comes first")
    ]
    banks: list[BankRequest]


@dataclass(frozen=True)
class RequestsAnswer(Answer):
    """What to ask other banks for.

    down: the victims' payments, followed to where they leave for other banks. up: what came into the referred accounts
    beside these payments, followed back to other banks through money that was passed on within three days.
    """

    case_no: Annotated[str | None, Field(description="null: all cases")]
    cases: Annotated[int, Field(description="cases with a standing referral that are looked at")]
    untraced: Annotated[list[str], Field(description="those without a victim's payment that could be identified")]
    nothing: Annotated[bool, Field(description="nothing to ask for")]
    down: Requests
    up: Requests
    text_zh: str
    text_en: str


def requests(run: PublishedRun, case_no: str | None, limits: TraceLimits | None = None) -> RequestsAnswer:
    """Requests of a case, or of all cases (None). Raises UnknownId for a case that has no standing referral.

    O(five traces of the victims' payments, five of what came into the referred accounts).
    """
    book, referrals = book_of(run), run.snapshot.referrals
    names = list(referrals.case)
    mine = np.array([i for i, name in enumerate(names) if case_no in (None, name)], np.int64)
    if not len(mine) and case_no is not None:
        raise UnknownId(f"no referral of case {case_no!r} stands at this run; check the number, or refer its accounts")
    known = {names[i] for i in mine[referrals.victim_flow[mine] >= 0].tolist()}
    bounds = (limits or TraceLimits()).bounds
    back = replace(bounds, window=min(bounds.window, UP_WINDOW))
    down = _asked(book, _reported(referrals, mine), "down", (bounds, run.as_of))
    up = _asked(book, _came_in(book, referrals, mine), "up", (back, run.as_of))
    nothing = not down.accounts and not up.accounts
    best = next(iter([*down.accounts, *up.accounts]), None)
    text = summary(None if best is None else (best.text_zh, best.text_en), looked_at=down.total + up.total > 0)
    return RequestsAnswer(
        **stamp(run),
        case_no=case_no,
        cases=len({names[i] for i in mine.tolist()}),
        untraced=sorted({names[i] for i in mine.tolist()} - known),
        nothing=nothing,
        down=down,
        up=up,
        text_zh=text[0],
        text_en=text[1],
    )


def _reported(referrals: Referrals, rows: I64) -> list[Origin]:
    """Every victim's payment, once."""
    found: dict[int, set[str]] = {}
    for row in rows[referrals.victim_flow[rows] >= 0].tolist():
        found.setdefault(int(referrals.victim_flow[row]), set()).add(referrals.case[row])
    return [([flow], sorted(cases)) for flow, cases in sorted(found.items())]


def _came_in(book: Book, referrals: Referrals, rows: I64) -> list[Origin]:
    """What came into each referred account in its time, without what victims reported and what its fellows paid."""
    flows, events = book.flows, book.events
    accounts = np.unique(referrals.account[rows])
    told = np.unique(referrals.victim_flow)
    found = []
    for account in accounts.tolist():
        own = rows[referrals.account[rows] == account]
        times = referrals.victim_time[own]
        since = int(np.where(times != NEVER, times, referrals.referred_at[own] - UP_UNKNOWN).min()) - UP_BEFORE
        mine = events.flow[events.ptr[account] : events.ptr[account + 1]]
        wanted = (flows.payee[mine] == account) & (flows.time[mine] >= since) & (flows.tag[mine] & FEE == 0)
        wanted &= ~np.isin(mine, told) & ~np.isin(flows.payer[mine], accounts)
        if wanted.any():
            found.append((mine[wanted].tolist(), sorted({referrals.case[r] for r in own.tolist()})))
    return found


def _asked(book: Book, origins: list[Origin], direction: Direction, within: tuple[Limits, int]) -> Requests:
    """The requests of one direction. `within`: the bounds of the traces, and T."""
    traces: dict[Rule, Trace] = {}
    if origins:
        starts = Starts.of(book, [flow for flow, _ in origins])
        traces = under_all_rules(book, starts, within[0], direction)
    total = next((trace.coverage.start for trace in traces.values()), 0)
    lost = {rule: traces[rule].coverage.other_bank if traces else 0 for rule in RULES}
    cut = {rule: traces[rule].coverage.cut if traces else 0 for rule in RULES}
    table = _Table(book, origins, direction, (*within, total))
    found = next_requests(traces)
    banks = amounts_by_bank(found)
    return Requests(
        total,
        _explained(lost, total),
        _explained(cut, total),
        [
            table.account(place, (r, best))
            for place, (r, best) in enumerate(zip(found, best_under([r.amounts for r in found]), strict=True), 1)
        ],
        [
            table.bank(place, [r for r in found if r.bank == name], (banks[name], best))
            for place, (name, best) in enumerate(zip(banks, best_under(list(banks.values())), strict=True), 1)
        ],
    )


@dataclass(frozen=True)
class _Table:
    """How requests become rows. `within`: bounds of the traces, T, and the money that is traced."""

    book: Book
    origins: list[Origin]
    direction: Direction
    within: tuple[Limits, int, int]

    def account(self, rank: int, found: tuple[Request, list[Rule]]) -> DataRequest:
        r, best = found
        explains, cases, (begin, end) = _explained(r.amounts, self.within[2]), self._cases([r]), self._period([r])
        zh, en = said(self._wanted([r], explains, best))
        name, rules = self.book.accounts.id[r.account], [str(rule) for rule in best]
        return DataRequest(
            rank, name, r.bank or None, explains, rules, cases, r.payments, r.since, r.until, begin, end, zh, en
        )

    def bank(self, rank: int, of: list[Request], found: tuple[Mapping[Rule, int], list[Rule]]) -> BankRequest:
        explains = _explained(found[0], self.within[2])
        wanted = self._wanted(of, explains, found[1])
        rules = [str(rule) for rule in found[1]]
        return BankRequest(
            rank, of[0].bank or None, list(wanted.accounts), explains, rules, wanted.payments, *said(wanted)
        )

    def _wanted(self, of: list[Request], explains: Explained, best: list[Rule]) -> Wanted:
        return Wanted(
            self.direction,
            of[0].bank,
            [self.book.accounts.id[r.account] for r in of],
            self._cases(of),
            self._period(of),
            sum(r.payments for r in of),
            (explains.low, explains.high),
            (explains.share_low, explains.share_high),
            best,
        )

    def _cases(self, of: list[Request]) -> list[str]:
        return sorted({case for r in of for origin in r.origins for case in self.origins[origin][1]})

    def _period(self, of: list[Request]) -> tuple[int, int]:
        """Down from the first payment to T; up to the last payment, and as long before the first as is followed."""
        bounds, as_of, _ = self.within
        since, until = min(r.since for r in of), max(r.until for r in of)
        return (since, as_of) if self.direction == "down" else (since - bounds.window, until)


def _explained(amounts: Mapping[Rule, int], total: int) -> Explained:
    low, high = min(amounts.values()), max(amounts.values())
    share = [x * MILLION // total if total else 0 for x in (low, high)]
    return Explained(low, high, {str(rule): amount for rule, amount in amounts.items()}, *share)
