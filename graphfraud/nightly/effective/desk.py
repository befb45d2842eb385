"""The scratch database in which effective facts are worked out, and the files they are written to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.core.facts import FactTables
from graphfraud.core.schemas import TABLES
from graphfraud.core.sql import sql
from graphfraud.nightly.effective.aliases import join_numbers
from graphfraud.settings import Settings

#: Rows per row group of a large file: what readers of a few accounts or days have to unpack at least.
ROW_GROUP = 1 << 17


@dataclass
class Desk:
    """Raw facts, a DuckDB in memory that spills beside the output, the output folder, and counts so far."""

    raw: FactTables
    settings: Settings
    folder: Path
    db: duckdb.DuckDBPyConnection
    counts: dict[str, int] = field(default_factory=dict)
    cutoffs: dict[str, int] = field(default_factory=dict)
    piece_rows: int = 2_000_000

    @property
    def as_of(self) -> int:
        return self.raw.as_of

    def has(self, table: str, column: str) -> bool:
        """Whether some source had an optional column."""
        return column not in self.raw.missing.get(table, frozenset())

    @contextmanager
    def piece(self, table: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
        """A piece of raw facts as table `piece`."""
        self.db.register("piece", table)
        try:
            yield self.db
        finally:
            self.db.unregister("piece")

    def stage(self, name: str, columns: Sequence[str] | None, into: str) -> None:
        """Copy columns of a raw table (all by default) into a table of the scratch database."""
        schema = TABLES[name].schema
        columns = columns or schema.names
        self.db.register("none", pa.schema([schema.field(c) for c in columns]).empty_table())
        self.db.execute(sql("CREATE TABLE {t} AS FROM none", t=into))
        self.db.unregister("none")
        for piece in self.raw.by_time(name, columns):
            with self.piece(piece) as db:
                db.execute(sql("INSERT INTO {t} ({c}) SELECT {c} FROM piece", t=into, c=columns))

    def number(self, query: str, parameters: Sequence[object] = ()) -> int:
        """The one integer a query gives; 0 for null."""
        found = self.db.execute(query, list(parameters)).fetchall()[0][0]
        return 0 if found is None else int(found)

    def rows(self, query: str, parameters: Sequence[object] = ()) -> pa.Table:
        """What a query gives."""
        return self.db.sql(query, params=list(parameters)).to_arrow_table()

    def save(self, name: str, query: str, parameters: Sequence[object] = ()) -> int:
        """Write what a query gives as `name.parquet`, in its order; returns and counts the rows."""
        table = self.rows(query, parameters)
        pq.write_table(table, self.folder / f"{name}.parquet", row_group_size=ROW_GROUP)
        rows = self.counts[name] = int(table.num_rows)
        return rows


@contextmanager
def desk(raw: FactTables, settings: Settings, folder: Path) -> Iterator[Desk]:
    """A desk whose scratch files are deleted in the end, whatever happens."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".scratch-") as scratch:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{settings.store.memory_mb}MiB",
            "temp_directory": scratch,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if settings.store.threads:
            config["threads"] = settings.store.threads
        with closing(duckdb.connect(":memory:", config=config)) as db:
            joined, numbers = join_numbers(raw, db)
            yield Desk(joined, settings, folder, db, {"other_numbers": numbers})
