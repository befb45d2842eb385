"""The canonical fact tables (contracts.md §1) as Arrow schemas.

A fact table that crosses a room boundary has exactly the columns of its `TableSpec`, in order, followed by
`PROVENANCE`. Optional columns that a source lacks are present and null; which optional columns a source
really had is told apart by `FactTables.missing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class Kind(StrEnum):
    """How a cell is read and checked."""

    TEXT = "text"
    AMOUNT = "amount"  # int64 minor units
    TIME = "time"  # int64 UTC microseconds
    COUNT = "count"  # int64
    FLAG = "flag"  # boolean


ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.AMOUNT: pa.int64(),
    Kind.TIME: pa.int64(),
    Kind.COUNT: pa.int64(),
    Kind.FLAG: pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False


@dataclass(frozen=True)
class TableSpec:
    """A canonical fact table: its columns, the columns that identify a row, and its event clock."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event_time: str

    @property
    def names(self) -> list[str]:
        return [c.name for c in self.columns]

    @property
    def required(self) -> list[str]:
        return [c.name for c in self.columns if c.required]

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the table with its provenance columns."""
        fields = [pa.field(c.name, ARROW_TYPES[c.kind]) for c in self.columns]
        return pa.schema(fields + list(PROVENANCE))


#: Columns every stored fact carries beside its own. `row_id` is the identity of the row (see core.identity),
#: `content_hash` tells a repeated row from a conflict, `perspective` is 'payer' or 'payee' for a statement leg.
PROVENANCE: tuple[pa.Field, ...] = (
    pa.field("known_at", pa.int64()),
    pa.field("row_id", pa.string()),
    pa.field("content_hash", pa.string()),
    pa.field("perspective", pa.string()),
    pa.field("date_only", pa.bool_()),
    pa.field("source_file", pa.string()),
    pa.field("source_row", pa.int64()),
)

T, A, W, C, F = Kind.TEXT, Kind.AMOUNT, Kind.TIME, Kind.COUNT, Kind.FLAG


def _columns(required: str, optional: str, kinds: dict[str, Kind]) -> tuple[Column, ...]:
    wanted = [(n, True) for n in required.split()] + [(n, False) for n in optional.split()]
    return tuple(Column(n, kinds.get(n, T), r) for n, r in wanted)


ACCOUNTS = TableSpec(
    "accounts",
    _columns(
        "account_id",
        "holder_id holder_type pooled merchant bank branch open_time opening_balance card_no holder_name id_no"
        " tier channel agent_id status cancel_time phone address exempt_class",
        {"pooled": F, "merchant": F, "open_time": W, "opening_balance": A, "cancel_time": W},
    ),
    key=("account_id",),
    event_time="open_time",
)
TRANSFERS = TableSpec(
    "transfers",
    _columns(
        "time payer payee amount",
        "txn_id currency channel type remark payer_balance_after payee_balance_after terminal ip mac merchant"
        " success reversal_of",
        {"time": W, "amount": A, "payer_balance_after": A, "payee_balance_after": A, "success": F},
    ),
    key=("txn_id",),
    event_time="time",
)
CASH = TableSpec(
    "cash",
    _columns("time account amount", "txn_id terminal place", {"time": W, "amount": A}),
    key=("txn_id",),
    event_time="time",
)
#: A row is an aggregate (first_seen, last_seen, count) or one use (`time`, stored as first_seen = last_seen,
#: count = 1, is_use = true).
IDENTIFIERS = TableSpec(
    "identifiers",
    _columns(
        "account_id kind value first_seen",
        "last_seen count is_use",
        {"first_seen": W, "last_seen": W, "count": C, "is_use": F},
    ),
    key=(),
    event_time="first_seen",
)
REFERRALS = TableSpec(
    "referrals",
    _columns(
        "referral_id case_no account_id referred_at",
        "authority victim_account victim_amount victim_time victim_txn status withdrawn_at",
        {"referred_at": W, "victim_amount": A, "victim_time": W, "withdrawn_at": W},
    ),
    key=("referral_id",),
    event_time="referred_at",
)
WITHDRAWALS = TableSpec(
    "withdrawals",
    _columns("referral_id withdrawn_at", "reason actor", {"withdrawn_at": W}),
    key=("referral_id",),
    event_time="withdrawn_at",
)
SANCTIONS = TableSpec(
    "sanctions",
    _columns(
        "subject_kind subject start",
        "end basis actor result",
        {"start": W, "end": W},
    ),
    key=(),
    event_time="start",
)
DISPOSITIONS = TableSpec(
    "dispositions",
    _columns("account_id time result", "basis actor alert_id", {"time": W}),
    key=(),
    event_time="time",
)

TABLES: dict[str, TableSpec] = {
    t.name: t
    for t in (
        ACCOUNTS,
        TRANSFERS,
        CASH,
        IDENTIFIERS,
        REFERRALS,
        WITHDRAWALS,
        SANCTIONS,
        DISPOSITIONS,
    )
}
IDENTIFIER_KINDS = ("device", "phone", "ip", "mac", "address", "agent")
