"""Facts made by hand for tests of stores and of what is built from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.core.facts import Facts, FactTables
from graphfraud.core.identity import identified
from graphfraud.core.schemas import TABLES
from graphfraud.nightly.effective import effective
from graphfraud.nightly.effective.report import EffectiveReport
from graphfraud.settings import Settings

Row = Mapping[str, Any]
World = Mapping[str, Sequence[Row]]
PROVENANCE = ("known_at", "row_id", "content_hash", "perspective", "date_only", "source_file", "source_row")


def table(name: str, rows: Iterable[Row]) -> pa.Table:
    """Rows as a fact table; known_at is the event time where not given, row_id and content_hash as ingest makes them.

    A row may state row_id or content_hash itself.
    """
    spec, rows = TABLES[name], list(rows)
    if not rows:
        return spec.schema.empty_table()
    full = [{"known_at": row.get(spec.event_time), "date_only": False} | row for row in rows]
    columns = {f.name: pa.array([row.get(f.name) for row in full], f.type) for f in spec.schema}
    made = identified(name, pa.table({k: v for k, v in columns.items() if k not in ("row_id", "content_hash")}))
    for nth, column in ((spec.schema.get_field_index(c), c) for c in ("row_id", "content_hash")):
        values = [row.get(column) or own for row, own in zip(full, made[column].to_pylist(), strict=True)]
        made = made.set_column(nth, column, pa.array(values, pa.string()))
    return made


def missing(name: str, rows: Sequence[Row]) -> frozenset[str]:
    """Optional columns that no row names."""
    return frozenset(c.name for c in TABLES[name].columns if not c.required and not any(c.name in r for r in rows))


def facts(name: str, rows: Sequence[Row]) -> Facts:
    return Facts.of(name, table(name, rows), missing(name, rows))


def fact_tables(world: World, as_of: int) -> FactTables:
    """The facts of a world that are known at `as_of`, in memory."""
    tables = {}
    for name in TABLES:
        whole = table(name, world.get(name, ()))
        tables[name] = whole.filter(pa.compute.less_equal(whole["known_at"], as_of))
    return FactTables(as_of, tables, {name: missing(name, world.get(name, ())) for name in TABLES})


def made_effective(
    world: World, as_of: int, folder: Path, settings: Settings | None = None
) -> tuple[dict[str, list[dict[str, Any]]], EffectiveReport]:
    """Effective facts of a world: rows of every file, and the report."""
    folder.mkdir(parents=True, exist_ok=True)
    report = effective(fact_tables(world, as_of), settings or Settings(), folder)
    return read_effective(folder), report


def read_effective(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}
