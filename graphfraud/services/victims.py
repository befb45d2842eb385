"""Victims: who to call. Payers of referred accounts and rings that may have been defrauded, and who may pay next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pyarrow.parquet as pq
from pydantic import Field

from graphfraud.core.runs import PublishedRun
from graphfraud.errors import UsageError
from graphfraud.services.answers import Answer, Micros, Minor, stamp
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.tables import fact_column

GRADES = ("likely", "possible", "unlikely")
CONTACT = ("holder_name", "phone")


@dataclass(frozen=True)
class Contact:
    """Whom to call; masked unless a reason was given."""

    holder_name: str | None
    phone: str | None
    other_bank: Annotated[str | None, Field(description="bank of another bank's customer, who is warned through it")]


@dataclass(frozen=True)
class PossibleVictim:
    """A payer, with the payment that tells most."""

    rank: int
    account_id: str
    grade: Annotated[str, Field(description="likely, possible or unlikely")]
    points: Annotated[int, Field(description="of the payment that tells most (docs/victims.md)")]
    payments: Annotated[int, Field(description="payments to referred accounts and rings")]
    total: Annotated[Minor, Field(description="their sum")]
    payee: str
    txn_id: str
    time: Micros
    amount: Minor
    ring_id: Annotated[str | None, Field(description="ring of the payee; null: a referred account in no ring")]
    reported: Annotated[bool, Field(description="named as a victim in a referral")]
    contact: Contact
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class VictimsAnswer(Answer):
    """Payers in the order in which to call them."""

    masked: bool
    payers: Annotated[dict[str, int], Field(description="payers who have not reported, by grade")]
    reported: Annotated[int, Field(description="payers who have reported already")]
    shown: list[PossibleVictim]
    total: Annotated[Minor, Field(description="sum of `total` over those shown")]
    left_out: Annotated[int, Field(description="payers asked for that the limit left out")]


@dataclass(frozen=True)
class NextVictim:
    """A payer who may pay a ring that was at work in the last 72 h, for the first time in earnest or again."""

    rank: int
    account_id: str
    kind: Annotated[str, Field(description="probe, again, first (in the last 72 h) or earlier")]
    points: int
    payments: int
    payee: str
    txn_id: str
    time: Micros
    amount: Minor
    ring_id: str | None
    reported: bool
    contact: Contact
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class NextVictimsAnswer(Answer):
    """Payers in the order in which to call them."""

    masked: bool
    payers: Annotated[dict[str, int], Field(description="payers by kind")]
    shown: list[NextVictim]
    total: Annotated[Minor, Field(description="sum of `amount` over those shown")]
    left_out: Annotated[int, Field(description="payers that the limit left out")]


def victims(run: PublishedRun, limit: int = 50, everyone: bool = False, lens: Lens = MASKED) -> VictimsAnswer:
    """Payers graded likely or possible who have not reported; with `everyone`, all payers. Raises UsageError.

    O(payments listed).
    """
    _check(limit)
    table = run.findings("victims").to_pylist()
    best: dict[str, dict[str, Any]] = {}
    total: Counter[str] = Counter()
    for row in table:
        account = row["account_id"]
        total[account] += row["amount"]
        if account not in best or _tells(row) > _tells(best[account]):
            best[account] = row
    rows = sorted(best.values(), key=lambda r: (r["rank"], r["account_id"]))
    wanted = [r for r in rows if everyone or (not r["reported"] and r["grade"] != "unlikely")]
    counts = Counter(r["grade"] for r in rows if not r["reported"])
    contact = contacts(run, [r["account_id"] for r in wanted[:limit]], lens)
    shown = [
        PossibleVictim(**_fields(PossibleVictim, row), total=total[row["account_id"]], contact=whom)
        for row, whom in zip(wanted[:limit], contact, strict=True)
    ]
    return VictimsAnswer(
        **stamp(run),
        masked=lens.masked,
        payers={grade: counts[grade] for grade in GRADES},
        reported=sum(r["reported"] for r in rows),
        shown=shown,
        total=sum(v.total for v in shown),
        left_out=len(wanted) - len(shown),
    )


def next_victims(run: PublishedRun, limit: int = 50, lens: Lens = MASKED) -> NextVictimsAnswer:
    """Payers of rings that were at work in the last 72 h. Raises UsageError. O(payers listed)."""
    _check(limit)
    rows = run.findings("next_victims").sort_by("rank").to_pylist()
    contact = contacts(run, [r["account_id"] for r in rows[:limit]], lens)
    shown = [
        NextVictim(**_fields(NextVictim, row), contact=whom) for row, whom in zip(rows[:limit], contact, strict=True)
    ]
    counts = Counter(r["kind"] for r in rows)
    return NextVictimsAnswer(
        **stamp(run),
        masked=lens.masked,
        payers=dict(sorted(counts.items())),
        shown=shown,
        total=sum(v.amount for v in shown),
        left_out=len(rows) - len(shown),
    )


def contacts(run: PublishedRun, accounts: Sequence[str], lens: Lens = MASKED) -> list[Contact]:
    """Whom to call, one per account, as far as the bank's files say. Raises UnknownId. Reads their row groups."""
    known = set(pq.read_schema(run.facts("accounts")).names)
    numbers = [run.snapshot.code(a) for a in accounts]
    name, phone = (
        fact_column(run, "accounts", c, numbers) if c in known and numbers else [None] * len(numbers) for c in CONTACT
    )
    rows = (lens.row({"holder_name": n, "phone": p}) for n, p in zip(name, phone, strict=True))
    of = run.snapshot.accounts
    banks = (of.bank_of(number) if of.outside[number] else None for number in numbers)
    return [Contact(**row, other_bank=bank) for row, bank in zip(rows, banks, strict=True)]


def _check(limit: int) -> None:
    if limit < 0:
        raise UsageError(f"--limit is {limit}; it is the number of payers shown, 0 or more")


def _tells(row: dict[str, Any]) -> tuple[int, int, str]:
    """The payment that tells most: most points, then the newest, then by txn_id."""
    return row["points"], row["time"], row["txn_id"]


def _fields(kind: type[Any], row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in kind.__dataclass_fields__ if name in row}
