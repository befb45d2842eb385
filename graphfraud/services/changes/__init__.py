"""What a run changed against its predecessor, and which new facts are behind it: alerts and rings.

A fact is new if this run has it and the predecessor has not: known since, late or corrected ones included. A cause is
*verified* when the change does not happen without it, by recomputing; else it is *likely*: a new fact on the very
accounts the change is about. Where there is none, the neighbourhood is named that changed, or that time passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graphfraud.services.answers import Answer, Micros, Minor


@dataclass(frozen=True)
class Cause:
    """One new fact behind a change, or what is there instead of one."""

    kind: Annotated[
        str,
        Field(description="referral, withdrawal, identifier, payment, payment_gone; neighbour: its facts; time: none"),
    ]
    account_id: Annotated[str | None, Field(description="whom the fact concerns")]
    other: Annotated[str | None, Field(description="the counterparty of a payment, the case of a referral")]
    time: Micros | None
    amount: Minor | None
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class Change:
    """An alert that opened, closed or moved to another level; a ring that was born, grew, … with what is behind it."""

    what: Annotated[str, Field(description="opened, closed, moved; or the event of ring_lineage")]
    subject: Annotated[str, Field(description="alert id or ring id")]
    account_id: Annotated[str | None, Field(description="of an alert")]
    was: Annotated[int | None, Field(description="level of an alert, members of a ring")]
    now: int | None
    joined: Annotated[list[str], Field(description="accounts that are new in a ring")]
    left: list[str]
    causes: Annotated[list[Cause], Field(description="the strongest first")]
    more_causes: Annotated[int, Field(description="further new facts that are not shown")]
    certainty: Annotated[
        str, Field(description="verified: recomputed without them; likely; neighbourhood; time: no new fact nearby")
    ]


@dataclass(frozen=True)
class ChangesAnswer(Answer):
    """A run against its predecessor: changes of alerts, then of rings."""

    predecessor: str | None
    predecessor_as_of: Micros | None
    changes: list[Change]
    left_out: Annotated[int, Field(description="changes beyond the limit")]
