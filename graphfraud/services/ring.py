"""Ring: its members and roles, what binds them, and how it came from last night's rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graphfraud.core.runs import NO_RING, PublishedRun
from graphfraud.errors import UnknownId
from graphfraud.services.answers import Answer, Micros, Minor, Share, stamp
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.standing import standing
from graphfraud.services.tables import Row, rows_where


@dataclass(frozen=True)
class Member:
    """An account in a ring."""

    account_id: str
    role: Annotated[str | None, Field(description="collector, relay, cashout, dormant, recruiter")]
    referred: bool
    loose: Annotated[bool, Field(description="hangs on one link: look at it with doubt")]
    attached: Annotated[bool, Field(description="joined after the first cut, by links to two members or more")]
    inside: Annotated[Share, Field(description="weight of its links to other members")]
    score: Share
    level: int | None


@dataclass(frozen=True)
class Evidence:
    """One thing that binds the ring: a shared identifier, a relay pair, or a link that holds it together."""

    kind: str
    rank: int
    account_a: str | None
    account_b: str | None
    identifier_kind: str | None
    identifier_value: Annotated[str | None, Field(description="phones and addresses are masked")]
    holders: int | None
    weight: Share | None
    payments: int | None
    amount: Minor | None
    reason_zh: str | None
    reason_en: str | None


@dataclass(frozen=True)
class Descent:
    """What became of a ring of the predecessor run."""

    event: Annotated[str, Field(description="born, grown, merged, split, dormant, revived, same")]
    previous_ring_id: str | None
    jaccard: Share | None
    joined: int | None
    left: int | None


@dataclass(frozen=True)
class Ring:
    """A ring of one run."""

    ring_id: str
    kind: Annotated[str, Field(description="ring: holds a referred account; lead: it does not")]
    members: int
    referred_members: int
    referred_share: Share
    weight: Share
    density: Share
    lead_rank: int | None
    born_as_of: Micros | None
    first_time: Micros | None
    last_time: Micros | None
    inside_amount: Annotated[Minor, Field(description="money that moved between members")]
    reason_zh: str | None
    reason_en: str | None
    accounts: list[Member]
    evidence: list[Evidence]
    lineage: list[Descent]


@dataclass(frozen=True)
class RingAnswer(Answer):
    """A ring: by its id, or the one an account is in."""

    account_id: Annotated[str | None, Field(description="the account that was asked; null: a ring was")]
    ring: Annotated[Ring | None, Field(description="null: the account is in no ring")]


def ring(run: PublishedRun, ring_id: str, lens: Lens = MASKED) -> RingAnswer:
    """A ring by its id. Raises UnknownId."""
    number = run.index.ring_id.find(ring_id)
    if number < 0:
        raise UnknownId(
            f"ring {ring_id!r} is not among the {len(run.index.ring_id)} rings of run {run.run_id};"
            " `graphfraud export rings --out rings.csv` lists them"
        )
    return RingAnswer(**stamp(run), account_id=None, ring=_ring(run, number, lens))


def ring_of(run: PublishedRun, account_id: str, lens: Lens = MASKED) -> RingAnswer:
    """The ring an account is in. Raises UnknownId for an unknown account; a known one in no ring is an answer."""
    number = int(run.index.ring[run.snapshot.code(account_id)])
    found = None if number == NO_RING else _ring(run, number, lens)
    return RingAnswer(**stamp(run), account_id=account_id, ring=found)


def ring_or_account(run: PublishedRun, name: str, lens: Lens = MASKED) -> RingAnswer:
    """A ring by its id, else the ring of the account of that number. Raises UnknownId."""
    if run.index.ring_id.find(name) < 0 and run.snapshot.accounts.id.find(name) >= 0:
        return ring_of(run, name, lens)
    return ring(run, name, lens)


def _ring(run: PublishedRun, number: int, lens: Lens) -> Ring:
    """`ring_summary` is sorted by ring_id, as rings are numbered."""
    summary = run.findings("ring_summary").slice(number, 1).to_pylist()[0]
    ring_id = summary["ring_id"]
    members = [_member(run, row) for row in rows_where(run.findings("rings"), "ring_id", ring_id)]
    return Ring(
        ring_id=ring_id,
        kind=summary["kind"],
        members=summary["members"],
        referred_members=summary["referred_members"],
        referred_share=summary["referred_share_e6"],
        weight=summary["weight_e6"],
        density=summary["density_e6"],
        lead_rank=summary["lead_rank"],
        born_as_of=summary["born_as_of"],
        first_time=summary["first_time"],
        last_time=summary["last_time"],
        inside_amount=summary["inside_amount"],
        reason_zh=summary["reason_zh"],
        reason_en=summary["reason_en"],
        accounts=sorted(members, key=lambda m: (not m.referred, -m.score, m.account_id)),
        evidence=[_evidence(row, lens) for row in rows_where(run.findings("ring_evidence"), "ring_id", ring_id)],
        lineage=[_descent(row) for row in rows_where(run.findings("ring_lineage"), "ring_id", ring_id)],
    )


def _member(run: PublishedRun, row: Row) -> Member:
    who = standing(run, run.snapshot.code(row["account_id"]))
    return Member(
        row["account_id"],
        row["role"],
        row["referred"],
        row["loose"],
        row["attached"],
        row["inside_e6"],
        who.score,
        who.level,
    )


def _evidence(row: Row, lens: Lens) -> Evidence:
    kind, value = row["identifier_kind"], row["identifier_value"]
    return Evidence(
        kind=row["kind"],
        rank=row["rank"],
        account_a=row["account_a"],
        account_b=row["account_b"],
        identifier_kind=kind,
        identifier_value=lens.identifier(kind, value) if kind and value else value,
        holders=row["holders"],
        weight=row["weight_e6"],
        payments=row["payments"],
        amount=row["amount"],
        reason_zh=row["reason_zh"],
        reason_en=row["reason_en"],
    )


def _descent(row: Row) -> Descent:
    return Descent(row["event"], row["previous_ring_id"] or None, row["jaccard_e6"], row["joined"], row["left"])
