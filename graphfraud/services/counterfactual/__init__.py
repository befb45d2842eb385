"""Counterfactual: the fewest links or facts without which an account would stand below its level, by recomputing.

Facts are taken away from the run's own snapshot, and risk and levels are computed anew with the run's settings: the
same code as at night, nothing approximated. What rings and indicators found stands as the run has it: a place in a
ring is a fact of its own, its referred members are counted anew, and hits stay hits.

What is answered is described here, which is light; `ask` computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graphfraud.services.answers import Minor, Share


@dataclass(frozen=True)
class TakenAway:
    """A fact that is thought away."""

    kind: Annotated[str, Field(description="referral, identifier, payments, reported, lineage or ring")]
    accounts: Annotated[list[str], Field(description="accounts at its other end, referred ones first")]
    payments: int
    amount: Annotated[Minor, Field(description="of these payments")]
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class WithoutThese:
    """Facts without which the account stands lower, computed anew without them."""

    facts: list[TakenAway]
    level: Annotated[int | None, Field(description="its level without them; null: none")]
    score: Share
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class WhatIf:
    """The fewest facts without which an account would stand below its level."""

    level: int | None
    score: Share
    found: Annotated[list[WithoutThese], Field(description="the answer first, then others of as few facts; [] if none")]
    fewest: Annotated[bool, Field(description="every smaller set of the considered facts was tried")]
    considered: Annotated[int, Field(description="facts that were considered, the strongest")]
    left_out: Annotated[int, Field(description="weaker facts that were not")]
    most: Annotated[int, Field(description="facts in an answer at most")]
    recomputed: Annotated[int, Field(description="times that risk and levels were computed anew")]
    stopped: Annotated[bool, Field(description="the time was over (serve.what_if_s) before everything was tried")]
    reason_zh: str
    reason_en: str
