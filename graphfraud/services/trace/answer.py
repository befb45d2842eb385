"""The answer of a trace: what commands print as JSON and the API sends (docs/json.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from graphfraud.services.answers import Answer, Micros, Minor, Share, Span
from graphfraud.services.hypotheses import CashHypotheses


@dataclass(frozen=True)
class TraceEnd:
    """Money that ends for one reason (see the list of reasons)."""

    reason: str
    amount: Minor


@dataclass(frozen=True)
class TraceTotal:
    """Money of the whole trace that ends for one reason."""

    reason: str
    amount: Minor
    count: Annotated[int, Field(description="hops at which money ends so")]


@dataclass(frozen=True)
class TraceCut:
    """What one limit cut; its money is among the ends as well."""

    reason: str
    amount: Minor
    payments: Annotated[int, Field(description="payments that were not followed")]


@dataclass(frozen=True)
class TraceBounds:
    """The limits of a trace."""

    depth: Annotated[int, Field(description="most hops one after the other")]
    window: Annotated[Span, Field(description="longest wait between two hops")]
    min_amount: Annotated[Minor, Field(description="smaller parts are not followed")]
    max_hops: Annotated[int, Field(description="hops of one start in all")]
    horizon: Annotated[
        Micros | None, Field(description="payments after this are not looked at; null: all that is known")
    ]


@dataclass(frozen=True)
class TraceStart:
    """What is traced apart: one victim's payment, one transfer, or everything that came into an account."""

    number: int
    amount: Minor
    payments: int
    txn_id: Annotated[str | None, Field(description="null where it is more than one payment")]
    time: Annotated[Micros | None, Field(description="of the first payment; null: nothing came in")]
    payer: Annotated[str | None, Field(description="null: cash, or more than one payment")]
    payee: str | None
    referrals: Annotated[list[str], Field(description="referrals that report this payment")]
    held: Annotated[Minor, Field(description="part of it that is still in accounts")]
    returned: Annotated[Minor, Field(description="down: part of it that went back to its payer")]


@dataclass(frozen=True)
class TraceParent:
    """Where the money of a hop was before (down), or what it became (up)."""

    hop: int
    amount: Minor


@dataclass(frozen=True)
class TraceHop:
    """A payment as it carries money of one start at one depth. Parents stand before their children."""

    number: int
    start: Annotated[int, Field(description="number of the start whose money it carries")]
    parents: Annotated[
        list[TraceParent], Field(description="hops it follows, their amounts add up to `carried`; none: a start")
    ]
    depth: Annotated[int, Field(description="1: the payment the trace starts with")]
    from_account: Annotated[str | None, Field(description="null: cash paid in")]
    to_account: Annotated[str | None, Field(description="null: cash taken out")]
    bank: Annotated[str | None, Field(description="bank of the account it leads to, where that is another bank's")]
    txn_id: str
    time: Micros
    amount: Minor
    carried: Annotated[Minor, Field(description="part of the payment that is on this way")]
    dwell: Annotated[
        Span | None,
        Field(
            description="how long the money stayed between this hop and its parents, the mean by amount; null: a start"
        ),
    ]
    channel: Annotated[str | None, Field(description="null: not known, or cash")]
    terminal: Annotated[str | None, Field(description="of cash; null: not known")]
    ends: Annotated[list[TraceEnd], Field(description="what of `carried` ends here; the rest goes on in its children")]


@dataclass(frozen=True)
class TraceAccount:
    """An account that the money reached."""

    account_id: str
    holder_name: Annotated[str | None, Field(description="masked; null: not known")]
    bank: str | None
    outside: Annotated[bool, Field(description="an account of another bank")]
    layer: Annotated[int, Field(description="fewest hops to it, 1: next to a start")]
    received: Annotated[
        Minor, Field(description="traced money that the hops brought there; what comes back counts again")
    ]
    held: Annotated[Minor, Field(description="traced money that is still there")]
    balance: Annotated[
        Minor | None, Field(description="known balance at the cut, never below 0; null: money stops here")
    ]
    unexplained: Annotated[
        Minor | None, Field(description="what it paid beyond its known balance; null: money stops here")
    ]
    ends: Annotated[list[TraceEnd], Field(description="traced money that ends at this account, by reason")]
    referred: bool
    score: Share
    level: int | None
    ring_id: str | None


@dataclass(frozen=True)
class TraceCoverage:
    """The certificate: where every fen of the start is. The parts add up to it, or there is no answer."""

    start: Minor
    held: Minor
    cash: Minor
    pooled: Minor
    merchant: Minor
    other_bank: Minor
    cut: Annotated[Minor, Field(description="not followed because of a limit")]
    beyond: Annotated[Minor, Field(description="before the data (opening balances) or after the horizon")]
    unexplained: Minor
    sum: Annotated[Minor, Field(description="of the parts")]


@dataclass(frozen=True)
class TraceRange:
    """Least and most over the five rules. Decisive: nothing under one rule, something under another."""

    account_id: Annotated[str | None, Field(description="null: of a victim's payment, all accounts together")]
    start: Annotated[int | None, Field(description="number of the start; null: all together")]
    low: Minor
    high: Minor
    amounts: Annotated[dict[str, Minor], Field(description="by rule")]
    decisive: bool


@dataclass(frozen=True)
class TraceRuleCoverage:
    """The certificate under one rule."""

    rule: str
    coverage: TraceCoverage


@dataclass(frozen=True)
class TraceEnvelope:
    """The same start under the five rules: down, what is still held; up, what came through each account."""

    measure: Literal["held", "through"]
    coverage: list[TraceRuleCoverage]
    accounts: Annotated[list[TraceRange], Field(description="the highest first")]
    victims: Annotated[list[TraceRange], Field(description="per start, in order; down only")]


@dataclass(frozen=True)
class TraceNote:
    """Something that a reader of the trace has to know."""

    code: str
    text_en: str
    text_zh: str


@dataclass(frozen=True)
class TraceAnswer(Answer):
    """Where money came from (up) or went (down), hop by hop. `total` is what it starts with; the ends sum to it."""

    start: Annotated[
        Literal["account", "transfer", "case", "referral"], Field(description="what the trace starts with")
    ]
    start_id: Annotated[str, Field(description="account, serial, case number or referral")]
    account_id: Annotated[str | None, Field(description="the account that was asked; null: another start")]
    direction: Literal["up", "down"]
    rule: Annotated[str, Field(description="fifo, lifo, pro-rata, libr, taint-first; the hops are of this rule")]
    masked: Annotated[bool, Field(description="holder names are masked")]
    total: Minor
    limits: TraceBounds
    starts: list[TraceStart]
    hops: list[TraceHop]
    accounts: Annotated[list[TraceAccount], Field(description="by layer, most received first")]
    ends: Annotated[list[TraceTotal], Field(description="the largest first")]
    cut: Annotated[list[TraceCut], Field(description="what the limits cut")]
    coverage: TraceCoverage
    envelope: Annotated[TraceEnvelope | None, Field(description="where all rules were asked")]
    notes: list[TraceNote]
    hypotheses: Annotated[CashHypotheses, Field(description="possible ways of its cash: not proven, in no total")]
