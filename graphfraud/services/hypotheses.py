"""Possible ways of cash: cash a trace loses at a desk, and a like amount paid into another account soon after.

Leads, not evidence: kept apart from hops and ends, in no total. Beside what was found stands how much of it chance
alone would make, counted on the bank's own cash with its times shuffled (trace/hypotheses.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from graphfraud.core import clock
from graphfraud.core.money import show_yuan
from graphfraud.core.snapshot import CASH_DESK, I32, I64, UNKNOWN, CashPlaces
from graphfraud.services.answers import MILLION, Micros, Minor, Share, Span
from graphfraud.trace import Book, Trace
from graphfraud.trace.hypotheses import UNKNOWN_PLACE, CashEdge, Chance, cash_edges, chance


@dataclass(frozen=True)
class CashHypothesis:
    """Cash out of one account that may be the cash into another. Nothing proves it; it is in no total."""

    from_account: str
    to_account: str
    taken_txn: str
    paid_txn: str
    taken_at: Micros
    paid_at: Micros
    taken: Minor
    paid: Minor
    carried: Annotated[Minor, Field(description="traced part of the cash taken out")]
    wait: Annotated[Span, Field(description="between the two")]
    taken_terminal: Annotated[str | None, Field(description="terminal, else place; null: not known")]
    paid_terminal: Annotated[str | None, Field(description="terminal, else place; null: not known")]
    same_place: bool
    by_chance: Annotated[Share, Field(description="share of the shuffles in which this cash had such a way as well")]
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class CashHypotheses:
    """Possible ways of the cash of a trace, and what chance alone would make of the same cash."""

    withdrawals: Annotated[int, Field(description="cash withdrawals that the trace ends in")]
    ways: Annotated[list[CashHypothesis], Field(description="in order of time")]
    expected: Annotated[Share, Field(description="ways that chance alone makes: the mean number over the shuffles")]
    as_many: Annotated[Share, Field(description="share of the shuffles with at least as many ways as were found")]
    rounds: Annotated[int, Field(description="shuffles: the cash-ins of a day change their times of day")]
    seed: int
    text_zh: str
    text_en: str


def cash_hypotheses(book: Book, trace: Trace, places: CashPlaces) -> CashHypotheses:
    """The possible ways of the cash that a trace down ends in; none of a trace up. Changes nothing of the trace.

    O(hops + shuffles · cash-ins of these days).
    """
    flows = book.flows
    out = (flows.payee[trace.hops.flow] == CASH_DESK) & (trace.direction == "down")
    taken = np.unique(trace.hops.flow[out])
    desks = _Desks(places)
    edges, base = cash_edges(book, taken, desks.codes), chance(book, taken, desks.codes)
    carried: dict[int, int] = {}
    for flow, amount in zip(trace.hops.flow[out].tolist(), trace.hops.carried[out].tolist(), strict=True):
        carried[flow] = carried.get(flow, 0) + amount
    said = [_way(book, edge, desks, (carried[edge.taken], base)) for edge in edges]
    expected = base.edges * MILLION // base.rounds
    return CashHypotheses(
        len(taken), said, expected, base.as_many * MILLION // base.rounds, base.rounds, base.seed,
        *_summary(len(taken), len(edges), expected),
    )  # fmt: skip


@dataclass(frozen=True)
class _Desks:
    """Terminals of cash flows, or their places where no terminal is known."""

    places: CashPlaces

    def codes(self, flows: I64) -> I32:
        """Code of each cash flow; places come after terminals. O(n log cash)."""
        row = np.searchsorted(self.places.flow, flows)
        row = np.minimum(row, max(len(self.places.flow) - 1, 0))
        code = np.full(len(flows), UNKNOWN_PLACE, np.int32)
        if len(self.places.flow):
            known = self.places.flow[row] == flows
            terminal, place = self.places.terminal[row].astype(np.int32), self.places.place[row].astype(np.int32)
            place = np.where(place != UNKNOWN, len(self.places.terminals) + place, UNKNOWN_PLACE)
            code = np.where(known, np.where(terminal != UNKNOWN, terminal, place), code).astype(np.int32)
        return code

    def name(self, flow: int) -> str | None:
        """Name of its terminal, else of its place; None where neither is known."""
        terminal, place = self.places.of(flow)
        return terminal or place or None


def _way(book: Book, edge: CashEdge, desks: _Desks, known: tuple[int, Chance]) -> CashHypothesis:
    flows, name = book.flows, book.accounts.id
    at_out, at_in = desks.name(edge.taken), desks.name(edge.paid)
    zh, en = _said(book, edge, at_out, (likely := known[1].of[edge.taken] * MILLION // known[1].rounds))
    return CashHypothesis(
        from_account=name[int(flows.payer[edge.taken])],
        to_account=name[int(flows.payee[edge.paid])],
        taken_txn=flows.txn[edge.taken],
        paid_txn=flows.txn[edge.paid],
        taken_at=int(flows.time[edge.taken]),
        paid_at=int(flows.time[edge.paid]),
        taken=int(flows.amount[edge.taken]),
        paid=int(flows.amount[edge.paid]),
        carried=known[0],
        wait=edge.wait,
        taken_terminal=at_out,
        paid_terminal=at_in,
        same_place=edge.same_place,
        by_chance=likely,
        text_zh=zh,
        text_en=en,
    )


def _said(book: Book, edge: CashEdge, place: str | None, likely: int) -> tuple[str, str]:
    flows, name = book.flows, book.accounts.id
    taken, paid = show_yuan(int(flows.amount[edge.taken])), show_yuan(int(flows.amount[edge.paid]))
    giver, taker = name[int(flows.payer[edge.taken])], name[int(flows.payee[edge.paid])]
    when, minutes = clock.show(int(flows.time[edge.taken]), seconds=False), edge.wait // clock.MINUTE
    where = (f"同一地点（{place}）", f"at the same place ({place})") if edge.same_place else ("别处", "elsewhere")
    share = f"{likely / 10_000:.0f} %"
    return (
        f"{giver} 于 {when} 取现 {taken} 元，{minutes} 分钟后{where[0]}有 {paid} 元存入 {taker}：可能是同一笔现金"
        f"（未经证实，仅凭偶然有 {share} 的可能出现这样的去向）",
        f"{giver} took out {taken} yuan at {when}, {minutes} min later {paid} yuan were paid into {taker} {where[1]}:"
        f" perhaps the same notes (not proven; chance alone does as much {share} of the time)",
    )


def _summary(withdrawals: int, found: int, expected: int) -> tuple[str, str]:
    mean = f"{expected / MILLION:.1f}"
    return (
        f"{withdrawals} 笔取现中有 {found} 条可能的现金去向；仅凭偶然平均也有 {mean} 条。未经证实，不计入任何合计。",
        f"{found:,} possible way{'' if found == 1 else 's'} of the cash of {withdrawals:,}"
        f" withdrawal{'' if withdrawals == 1 else 's'}; chance alone makes {mean} on average. Not proven, in no total.",
    )
