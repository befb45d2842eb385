"""The GraphStore protocol: what graphfraud asks of a system of record. Neutral: imports no driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, Self

import pyarrow as pa

from graphfraud.core.facts import Facts, FactTables, WriteReport
from graphfraud.core.schemas import TABLES

Direction = Literal["out", "in", "both"]


#: Rows and their checksum by table and ingest_seq; loads without a row are left out. The checksum of rows is the sum of
#: (event time + 31 known_at + 1009 amount or count) modulo MODULUS, nulls as 0: 2^31 such rows fit an int64.
Tallies = dict[str, dict[int, tuple[int, int]]]
MODULUS = 1 << 31


#: Transfers of an account up to which a live trace fetches its statement and a store may keep one ready.
MAX_DEGREE = 1_000


@dataclass(frozen=True)
class Window:
    """Half-open window of event time [start, end), UTC microseconds."""

    start: int
    end: int


@dataclass(frozen=True)
class Statements:
    """Asks `expand` for statements: all that an account's balance is made of (see `Statement`).

    An account is then a hub by all of its stored transfers, whatever the window; one that is pooled or a merchant is
    described only. `until`: accounts of which no transfer from this time on is needed. `numbers`: accounts asked for by
    the number that an earlier answer gives them, and that time. `whole`: transfers have the columns TOLD; without it
    only MOVED, and with `signs` those that failed have amount 0 (else that is not looked at). `rows`, `serials`: tell
    these transfers whole, and nothing else; the serial of a transfer is its row_id. `undone`: look for reversals
    between other accounts too. `banks`: tell of these banks whether one of their accounts was seen. `seen`: tell it of
    accounts with a bank that is not among `settled` too; `cards`: look for other numbers (see `Holding`).
    """

    until: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[int, int] = field(default_factory=dict)
    whole: bool = True
    signs: bool = True
    rows: tuple[int, ...] = ()
    serials: tuple[str, ...] = ()
    undone: bool = False
    banks: tuple[str, ...] = ()
    seen: bool = True
    settled: tuple[str, ...] = ()
    cards: bool = True


@dataclass(frozen=True)
class HopLimits:
    """Bounds of one hop. An account with more than `max_degree` rows is a hub: reported, not crossed."""

    min_amount: int = 0  # minor units
    max_degree: int = 5_000  # transfers an account may have in the window before it counts as a hub
    as_of: int | None = None  # only facts known at this time; None: everything stored
    statements: Statements | None = None  # `expand`, both directions: see there


#: Columns of the transfers of a statement: rows and accounts by numbers that stand as long as the store is open.
MOVED = ("row", "time", "payer_no", "payee_no", "amount")
#: What the transfers have beside when they are told whole.
TOLD = ("payer", "payee", "txn_id", "channel", "type", "success", "reversal_of", "perspective", "row_id")
PAYMENT = pa.schema(
    [*((name, pa.int64()) for name in MOVED), *(TABLES["transfers"].schema.field(name) for name in TOLD)]
)


class CashMove(NamedTuple):
    """Cash of a statement: µs, minor units (above 0: taken out of the account), texts as they were stated."""

    time: int
    account: str
    amount: int
    txn_id: str | None
    terminal: str | None
    place: str | None
    row_id: str


class Holding(NamedTuple):
    """An account of a statement: the store's number, what its newest row says (µs, minor units; null: not stated).

    `stated`: there is a row; `seen`: the account has an identifier or cash of its own (null: stated, and that was not
    asked); `other_number`: some row states another number of it, or it is another one's number (false where not asked).
    `number` is null where no fact names the account.
    """

    number: int | None
    account_id: str
    holder_type: str | None
    pooled: bool | None
    merchant: bool | None
    bank: str | None
    open_time: int | None
    opening_balance: int | None
    stated: bool
    seen: bool | None
    other_number: bool


@dataclass(frozen=True)
class Statement:
    """What `expand` answers beside the transfers when statements are asked for.

    `cash`: movements of the accounts asked for that are no hubs. `accounts`: one for each account asked for; an
    account that no fact names may have none. `undone`: reversals that name one of the transfers but are not among
    them, as (row_id, the serial that is named). `seen_banks`: banks asked for of which an account was seen.
    """

    cash: Sequence[CashMove] = ()
    accounts: Sequence[Holding] = ()
    undone: tuple[tuple[str, str], ...] = ()
    seen_banks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hop:
    """Answer of `expand` and `shared`: the rows, and the hubs that were left out with their row count."""

    rows: pa.Table
    hubs: dict[str, int]
    statement: Statement | None = None


@dataclass(frozen=True)
class StoreStats:
    """Row counts per table, the ingest clock, the format version and the run whose findings are live."""

    rows: dict[str, int]
    max_ingest_seq: int
    max_known_at: dict[str, int | None]
    format_version: int
    live_run: str | None


@dataclass(frozen=True)
class RunRecord:
    """Identity of a run whose findings are written."""

    run_id: str
    as_of: int
    findings_hash: str


class GraphStore(Protocol):
    """A system of record for facts. Every call is atomic; `write` is idempotent.

    Errors: `StoreBusy` when another process holds the store, `FormatVersionError` when it was written by an
    incompatible version, `StoreError` for anything the driver reports (`from exc`).
    """

    def write(self, facts: Facts) -> WriteReport:
        """Insert the rows that are not there yet, by row_id; same row_id with another content_hash is a conflict.

        All rows or none. Of copies in one call the first by source_row is kept. A row that comes again with an
        earlier known_at is unchanged, and is known from that time on: the result does not depend on the order of files.
        """
        ...

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        """Every fact with known_at ≤ as_of (and ingest_seq > since_seq if given), raw; order is not promised.

        The tables may be read only when they are asked for: use them before the store is closed.
        """
        ...

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
        """One batched hop: the stored transfers of these accounts in the window, each once, by (time, txn_id, row_id).

        Columns: `TableSpec.schema`. `direction`: out where they pay, in where they are paid. `hubs`: accounts asked
        for with more than `limits.max_degree` such transfers, and how many; a transfer between a hub and another
        account asked for is still found from the other side.

        With `limits.statements` the direction is both, the columns are MOVED or all of `PAYMENT`, rows are in no
        promised order, and `statement` has the rest of what makes the balances of the accounts asked for.
        """
        ...

    def shared(self, accounts: Sequence[str], limits: HopLimits) -> Hop:
        """Identifier rows of other accounts that share an identifier with these, by (kind, value, account_id, row_id).

        Columns: `TableSpec.schema`. `hubs`: identifiers ("kind:value") of these accounts that more than
        `limits.max_degree` accounts have, and how many do.
        """
        ...

    def write_findings(self, run: RunRecord, tables: Mapping[str, pa.Table]) -> None:
        """Stage the findings of a run, make them live in one switch, prune older runs.

        Writing a run again replaces it. Tables are named in `core.findings.FINDINGS`; one that is not given is empty.
        """
        ...

    def stats(self) -> StoreStats:
        """Counts and clocks; cheap."""
        ...

    def close(self) -> None:
        """Release the store."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
