"""The answer of a plan of holds: what the command prints as JSON and the API sends (docs/json.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from graphfraud.services.answers import Answer, Micros, Minor, Share, Span

#: whole: the balance · partial: a part of it · ask: another bank's account · none: not possible now
Action = Literal["whole", "partial", "ask", "none"]


@dataclass(frozen=True)
class Exculpatory:
    """Facts that may speak for the holder. None of them is a verdict."""

    age_days: Annotated[int | None, Field(description="age of the account when traced money first came; null: unknown")]
    prior_payments: Annotated[int, Field(description="payments with the payer long before the traced one")]
    own_savings_first: Annotated[Minor, Field(description="own savings paid into accounts of the trace before")]
    salary_months: Annotated[int, Field(description="months in a row that one company paid")]
    passed_on: Annotated[Share, Field(description="share of the traced money that went on")]
    exempt_class: Annotated[str | None, Field(description="the bank's own class of exempt accounts")]
    speaks: Annotated[
        list[str], Field(description="which speak for the holder: old, prior, own_first, salary, no_relay")
    ]


@dataclass(frozen=True)
class HoldOrder:
    """What an order must match: name, account, amount, time. It names the payment that brought most of the money."""

    account_id: str
    holder_name: Annotated[str | None, Field(description="masked unless a reason was given; null: not known")]
    bank: Annotated[str | None, Field(description="null: not known")]
    txn_id: str
    payer: Annotated[str | None, Field(description="null: cash")]
    payment: Annotated[Minor, Field(description="amount of that payment")]
    time: Micros
    amount: Annotated[Minor, Field(description="amount to hold")]
    until: Annotated[Micros, Field(description="a hold from T + delay on ends then, unless the police freeze first")]


@dataclass(frozen=True)
class EarlierHolds:
    """Holds that dispositions record."""

    count: int
    last: Micros | None
    until: Annotated[Micros | None, Field(description="end of one that still runs")]


@dataclass(frozen=True)
class HoldRow:
    """One account of the plan. docs/holds.md says how each amount is worked out."""

    rank: int
    account_id: str
    ours: Annotated[bool, Field(description="false: another bank's, of which only what arrived is known")]
    layer: int
    referred: bool
    level: int | None
    action: Action
    balance: Annotated[Minor | None, Field(description="known balance at T, never below 0; null: another bank's")]
    unknown: Annotated[Share, Field(description="share of what left that no known inflow explains")]
    unexplained: Annotated[Minor, Field(description="what left beyond the known balance")]
    traced: Annotated[dict[str, Minor], Field(description="traced money there, by rule")]
    low: Minor
    high: Minor
    recoverable: Annotated[Minor, Field(description="mean over the rules: what a hold would save now")]
    hazard: Annotated[Share, Field(description="λ, per hour")]
    expected: Annotated[Minor, Field(description="recoverable · e^(−λ·delay), rounded down")]
    loss_per_hour: Minor
    further: Annotated[Minor, Field(description="likely of the same fraud, not reported yet")]
    collateral: Annotated[Minor, Field(description="innocent money touched: amount − recoverable")]
    marginal: Annotated[Minor, Field(description="net gain of this hold beside those above it")]
    cumulative: Annotated[Minor, Field(description="expected of this hold and those above it")]
    decisive: Annotated[
        bool, Field(description="the rule changes the decision: nothing under one, something under another")
    ]
    facts: Exculpatory | None
    earlier: EarlierHolds
    order: HoldOrder
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class Whereabouts:
    """Where the money of the case is under one rule; the parts add up to the start."""

    rule: str
    held: Minor
    cash: Minor
    pooled: Minor
    merchant: Minor
    other_bank: Minor
    cut: Minor
    beyond: Minor
    unexplained: Minor
    start: Minor


@dataclass(frozen=True)
class HoldTotals:
    """Sums over the holds that can be asked for (action is not none), shown or not."""

    accounts: int
    low: Minor
    high: Minor
    recoverable: Minor
    expected: Minor
    loss_per_hour: Minor
    amount: Minor
    collateral: Minor
    unexplained: Minor
    unknown: Annotated[Share, Field(description="unexplained share of what left our accounts among them")]


@dataclass(frozen=True)
class HoldsAnswer(Answer):
    """Which holds would save most. A recommendation: a named person decides, nothing is held by this."""

    case_no: str
    delay: Span
    rule: Annotated[str, Field(description="one rule, or all")]
    victims: Annotated[int, Field(description="reports whose payments are traced")]
    payments: int
    start: Annotated[Minor, Field(description="sum of these payments")]
    where: list[Whereabouts]
    holds: Annotated[list[HoldRow], Field(description="best first; those that are not possible now last")]
    left_out: Annotated[int, Field(description="accounts beyond the limit")]
    left_out_expected: Minor
    totals: HoldTotals
    masked: bool
    notes_zh: list[str]
    notes_en: list[str]
