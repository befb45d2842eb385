"""Account: what the bank knows about one account, masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from graphfraud.core.clock import iso
from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import CASH_DESK, Snapshot
from graphfraud.services.answers import Answer, Micros, Minor, stamp
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.tables import fact_row

_INTERNAL = {"code", "holder", "kind", "known_at", "row_id", "content_hash", "perspective", "date_only"}
_INTERNAL |= {"source_file", "source_row", "ingest_seq", "stated"}
_TIMES = {"open_time", "cancel_time"}


AccountFacts = Annotated[
    dict[str, str | int | bool | None],
    Field(description="columns of the accounts table; null: not known. Times ISO 8601, amounts in fen"),
]


@dataclass(frozen=True)
class Totals:
    """Money in and out of an account over the whole snapshot."""

    inflow: Annotated[Minor, Field(description="everything that came in, cash included")]
    outflow: Annotated[Minor, Field(description="everything that went out, cash included")]
    cash_in: Minor
    cash_out: Minor
    payments: Annotated[int, Field(description="flows in and out")]
    counterparties: int
    first_time: Micros | None
    last_time: Micros | None


@dataclass(frozen=True)
class AccountAnswer(Answer):
    """Facts of an account (contracts.md §1), its own totals, and whether names are masked."""

    account_id: str
    masked: Annotated[bool, Field(description="names, id_no, phone, address and foreign card_no are masked")]
    facts: AccountFacts
    totals: Totals


def account(run: PublishedRun, account_id: str, lens: Lens = MASKED) -> AccountAnswer:
    """Facts of an account. Raises UnknownId. One row read and O(flows of the account)."""
    number = run.snapshot.code(account_id)
    row = lens.row(fact_row(run, "accounts", number))
    return AccountAnswer(
        **stamp(run),
        account_id=account_id,
        masked=lens.masked,
        facts=_shown(row),
        totals=totals(run.snapshot, number),
    )


def _shown(row: Mapping[str, Any]) -> AccountFacts:
    return {
        name: iso(value) if name in _TIMES and value is not None else value
        for name, value in row.items()
        if name not in _INTERNAL
    }


def totals(snapshot: Snapshot, number: int) -> Totals:
    """Sums over the flows of one account, exact in minor units."""
    flow = snapshot.flows_of(number)
    payer, payee = snapshot.flows.payer[flow], snapshot.flows.payee[flow]
    amount = snapshot.flows.amount[flow]
    other = np.where(payer == number, payee, payer)
    time = snapshot.flows.time[flow]
    return Totals(
        inflow=int(amount[payee == number].sum()),
        outflow=int(amount[payer == number].sum()),
        cash_in=int(amount[payer == CASH_DESK].sum()),
        cash_out=int(amount[payee == CASH_DESK].sum()),
        payments=len(flow),
        counterparties=len(np.unique(other[other != CASH_DESK])),
        first_time=int(time[0]) if len(flow) else None,
        last_time=int(time[-1]) if len(flow) else None,
    )
