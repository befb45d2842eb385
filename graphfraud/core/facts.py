"""What moves between ingest, the stores and the nightly job: batches of facts and tables of facts as of T."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from graphfraud.core.schemas import TABLES, TableSpec


@dataclass(frozen=True)
class Facts:
    """One batch source of one fact table, ready for a store: every column of `TableSpec.schema`, validated."""

    spec: TableSpec
    batches: Iterable[pa.RecordBatch]
    missing: frozenset[str] = frozenset()  # optional columns the source did not have

    def reader(self) -> pa.RecordBatchReader:
        """The batches as one Arrow stream; can be read once."""
        return pa.RecordBatchReader.from_batches(self.spec.schema, iter(self.batches))

    @classmethod
    def of(cls, table: str, rows: pa.Table, missing: Iterable[str] = ()) -> Facts:
        spec = TABLES[table]
        return cls(spec, rows.cast(spec.schema).to_batches(), frozenset(missing))


@dataclass(frozen=True)
class WriteReport:
    """What a store did with a batch. `conflicts` holds the refused rows (same identity, other content)."""

    table: str
    received: int
    inserted: int
    unchanged: int
    conflicts: pa.Table
    max_ingest_seq: int


@dataclass(frozen=True)
class FactTables:
    """Every fact known at `as_of`, raw: reversals, legs and withdrawals are still rows of their own.

    `tables` maps each name of `schemas.TABLES` to an Arrow table with `TableSpec.schema` plus `ingest_seq`.
    `missing` maps a table to the optional columns that no loaded source had.
    """

    as_of: int
    tables: dict[str, pa.Table]
    missing: dict[str, frozenset[str]] = field(default_factory=dict)
    max_ingest_seq: int = 0

    def __getitem__(self, name: str) -> pa.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)
