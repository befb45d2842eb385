"""What moves between ingest, the stores and the nightly job: batches of facts and tables of facts as of T."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
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


#: Rows of a piece of a large table: enough to keep vectorised work busy, about 250 MB at most.
PIECE_ROWS = 1_000_000


class StoredTables(Mapping[str, pa.Table]):
    """All tables, which a store reads when they are asked for, so only while the store is open (else StoreError)."""

    def __len__(self) -> int:
        return len(TABLES)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    @abstractmethod
    def by_time(self, name: str, columns: Sequence[str] | None, rows: int) -> Iterator[pa.Table]:
        """A table in pieces; see `FactTables.by_time`."""


def lacking(had: Set[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Per table the optional columns that are not among the (table, column) that some source had."""
    return {
        spec.name: frozenset(c.name for c in spec.columns if not c.required and (spec.name, c.name) not in had)
        for spec in TABLES.values()
    }


@dataclass(frozen=True)
class FactTables:
    """Every fact known at `as_of`, raw: reversals, legs and withdrawals are still rows of their own.

    `tables` maps each name of `schemas.TABLES` to an Arrow table with `TableSpec.schema` plus `ingest_seq`, rows in
    no promised order. A store may read a table only when it is asked for: use it while the store is open.
    `missing` maps a table to the optional columns that no source known at `as_of` had.
    """

    as_of: int
    tables: Mapping[str, pa.Table]
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    max_ingest_seq: int = 0

    def __getitem__(self, name: str) -> pa.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def by_time(self, name: str, columns: Sequence[str] | None = None, rows: int = PIECE_ROWS) -> Iterator[pa.Table]:
        """A table in pieces of about `rows` rows: consecutive ranges of event time, so no time is in two pieces.

        Rows without event time are in the first piece; rows within a piece are in no promised order. An empty table
        gives no piece. Memory of a store: O(rows) beside 8 bytes a row of the table.
        """
        if isinstance(self.tables, StoredTables):
            yield from self.tables.by_time(name, columns, rows)
            return
        table, clock = self.tables[name], TABLES[name].event_time
        times = table[clock].fill_null(np.iinfo(np.int64).min).to_numpy()
        order = np.argsort(times, kind="stable")
        ordered, times = table.take(pa.array(order)), times[order]
        start = 0
        while start < len(times):
            end = int(np.searchsorted(times, times[min(start + rows, len(times)) - 1], side="right"))
            yield ordered.slice(start, end - start).select(columns or ordered.column_names)
            start = end
