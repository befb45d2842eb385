"""From a case to its plan of holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphfraud.core.clock import HOUR
from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import CASH_DESK
from graphfraud.services.answers import stamp
from graphfraud.services.books import book_of
from graphfraud.services.holds.answer import (
    Action,
    EarlierHolds,
    Exculpatory,
    HoldOrder,
    HoldRow,
    HoldsAnswer,
    HoldTotals,
    Whereabouts,
)
from graphfraud.services.holds.ask import HoldRequest, limits_of, terms_of
from graphfraud.services.holds.people import people
from graphfraud.services.holds.standing import Standing, standings, stated_balances
from graphfraud.services.holds.words import notes, reason
from graphfraud.services.lens import Lens
from graphfraud.services.standing import standing as findings_of
from graphfraud.settings import HoldSettings
from graphfraud.trace import Book, Rule, Trace, follow
from graphfraud.trace.held import Known, held_accounts
from graphfraud.trace.holds import MILLION, Hold, plan
from graphfraud.trace.reported import Reported, reported


@dataclass(frozen=True)
class Plan:
    """A plan with what it was made of."""

    book: Book
    case: Reported
    traces: Mapping[Rule, Trace]
    holds: Sequence[Hold]


def planned(run: PublishedRun, request: HoldRequest, settings: HoldSettings) -> Plan:
    """Trace a case at the run's T and plan. Raises UnknownId, UsageError (see `reported`)."""
    book, at = book_of(run), run.as_of
    case = reported(book, run.snapshot.referrals, request.case_no, at)
    traces = {rule: follow(book, case.starts, rule, limits_of(settings, at)) for rule in request.rules}
    stated = stated_balances(run, held_accounts(traces), at)
    known = Known(at, frozenset(case.referred.tolist()), case.referred, stated)
    return Plan(book, case, traces, plan(book, traces, known, terms_of(settings, request.delay)))


def answer(run: PublishedRun, request: HoldRequest, settings: HoldSettings, lens: Lens) -> HoldsAnswer:
    """The plan for people and programs: what can be done first, what cannot be held now last."""
    made = planned(run, request, settings)
    standing = standings(run, [h.account for h in made.holds], run.as_of, settings)
    bars = {h.account: standing.get(h.account, Standing()).bars(settings) for h in made.holds}
    ordered = sorted(made.holds, key=lambda h: bool(bars[h.account]))  # stable: the plan's order within
    who = people(run, [h.account for h in ordered[: request.limit]], lens)
    desk = _Desk(run, made, request, settings, who)
    cumulative, rows = 0, []
    for rank, hold in enumerate(ordered[: request.limit], 1):
        cumulative += 0 if bars[hold.account] else hold.expected
        rows.append(desk.row((rank, cumulative), hold, bars[hold.account], standing.get(hold.account, Standing())))
    possible = [h for h in ordered if not bars[h.account]]
    zh, en = notes((not ordered, run.snapshot.meta.date_only, settings.most), request.delay)
    return HoldsAnswer(
        **stamp(run),
        case_no=request.case_no,
        delay=request.delay,
        rule=request.rule,
        victims=len(made.case.starts),
        payments=len(made.case.starts.flow),
        start=int(made.book.flows.amount[made.case.starts.flow].sum()),
        where=[_where(rule, trace) for rule, trace in made.traces.items()],
        holds=rows,
        left_out=len(ordered) - len(rows),
        left_out_expected=sum(h.expected for h in ordered[request.limit :] if not bars[h.account]),
        totals=_totals(possible, made),
        masked=lens.masked,
        notes_zh=zh,
        notes_en=en,
    )


@dataclass(frozen=True)
class _Desk:
    """Makes rows."""

    run: PublishedRun
    plan: Plan
    request: HoldRequest
    settings: HoldSettings
    who: Mapping[int, Mapping[str, Any]]

    def row(self, place: tuple[int, int], hold: Hold, bars: str, standing: Standing) -> HoldRow:
        """`place`: rank and cumulative expected amount."""
        facts = self.who[hold.account]
        found = findings_of(self.run, hold.account)
        action: Action = "none" if bars else "partial" if hold.partial else "whole"
        zh, en = reason(hold, bars, standing)
        return HoldRow(
            rank=place[0],
            account_id=found.account_id,
            ours=hold.ours,
            layer=hold.layer,
            referred=found.referred,
            level=found.level,
            action=action if hold.ours or bars else "ask",
            balance=hold.balance,
            unknown=hold.unknown_e6,
            unexplained=hold.unexplained,
            traced={str(rule): amount for rule, amount in hold.traced.items()},
            low=hold.low,
            high=hold.high,
            recoverable=hold.recoverable,
            hazard=hold.hazard_e6,
            expected=hold.expected,
            loss_per_hour=hold.loss_per_hour,
            further=hold.further,
            collateral=hold.collateral,
            marginal=0 if bars else hold.marginal,
            cumulative=place[1],
            decisive=hold.decisive,
            facts=_exculpatory(hold, facts),
            earlier=EarlierHolds(standing.count, standing.last, standing.until),
            order=self._order(hold, facts),
            reason_zh=zh,
            reason_en=en,
        )

    def _order(self, hold: Hold, facts: Mapping[str, Any]) -> HoldOrder:
        flows, name = self.plan.book.flows, self.plan.book.accounts.id
        payer = int(flows.payer[hold.flow])
        return HoldOrder(
            account_id=name[hold.account],
            holder_name=facts.get("holder_name"),
            bank=self.plan.book.accounts.bank_of(hold.account) or None,
            txn_id=flows.txn[hold.flow],
            payer=None if payer == CASH_DESK else name[payer],
            payment=int(flows.amount[hold.flow]),
            time=int(flows.time[hold.flow]),
            amount=hold.amount,
            until=self.run.as_of + self.request.delay + self.settings.lasts_hours * HOUR,
        )


def _exculpatory(hold: Hold, row: Mapping[str, Any]) -> Exculpatory | None:
    if hold.facts is None:
        return None
    f = hold.facts
    return Exculpatory(
        f.age_days, f.prior, f.own_first, f.salary, f.relayed_e6, row.get("exempt_class"), list(hold.speaks)
    )


def _where(rule: Rule, trace: Trace) -> Whereabouts:
    c = trace.coverage
    parts = (c.held, c.cash, c.pooled, c.merchant, c.other_bank, c.cut, c.beyond, c.unexplained)
    return Whereabouts(str(rule), *parts, c.start)


def _totals(holds: Sequence[Hold], made: Plan) -> HoldTotals:
    """Sums per rule first: low and high are of the plan as a whole, so they are no more than the start."""
    by_rule = [sum(h.traced[rule] for h in holds) for rule in made.traces] or [0]
    left = sum(h.left for h in holds)
    unexplained = sum(h.unexplained for h in holds)
    return HoldTotals(
        accounts=len(holds),
        low=min(by_rule),
        high=max(by_rule),
        recoverable=sum(h.recoverable for h in holds),
        expected=sum(h.expected for h in holds),
        loss_per_hour=sum(h.loss_per_hour for h in holds),
        amount=sum(h.amount for h in holds),
        collateral=sum(h.collateral for h in holds),
        unexplained=unexplained,
        unknown=unexplained * MILLION // left if left else 0,
    )
