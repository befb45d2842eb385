"""The stage: a temporary DuckDB into which a source is read, and in which its bad rows are set aside.

It lives in memory and spills to a temporary folder beyond `MEMORY_MB`: what is read once is not worth compressing.
Work is O(rows). Nothing here knows where facts go.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from graphfraud.core.clock import to_micros
from graphfraud.errors import UsageError
from graphfraud.ingest.cells import Bounds, Cell, cell, sql_name, sql_text
from graphfraud.ingest.checks import Problem
from graphfraud.ingest.chunks import Chunk, plain, time_units
from graphfraud.ingest.detect import cells_of
from graphfraud.ingest.lines import Damaged
from graphfraud.ingest.profile import Profile, SourceField
from graphfraud.ingest.values import fields_in
from graphfraud.settings import IngestSettings

MEMORY_MB = 1024
_SQL_TYPES = {"amount": "BIGINT", "yuan": "BIGINT", "time": "BIGINT", "count": "BIGINT", "flag": "BOOLEAN"}
_BAD = """CREATE TABLE bad (line BIGINT, "column" VARCHAR, value VARCHAR, code VARCHAR, raw VARCHAR, cells VARCHAR)"""


@dataclass(frozen=True)
class Source:
    """What is read: the profile, the header, which column each field comes from, and the delimiter of its lines."""

    profile: Profile
    header: tuple[str, ...]
    columns: Mapping[str, str]
    delimiter: str = ","

    @property
    def stored(self) -> dict[str, SourceField]:
        """The fields that are staged: all but the derived ones."""
        return {n: f for n, f in self.profile.fields.items() if f.kind not in ("sign", "contains")}


class Stage:
    """Rows of one source, typed, with their problems. Use as a context manager; closing frees memory and folder."""

    def __init__(self, source: Source, settings: IngestSettings, keep_cells: bool) -> None:
        self.source = source
        self.keep_cells = keep_cells
        self.bounds = bounds(settings)
        self.problems: list[Problem] = []
        self.units: dict[str, set[str]] = {}
        self.blank = 0
        self._folder = tempfile.TemporaryDirectory(prefix="graphfraud-ingest-")
        self.db = duckdb.connect(
            ":memory:", config={"memory_limit": f"{MEMORY_MB}MB", "temp_directory": self._folder.name}
        )
        self.db.execute("SET TimeZone = ?", [settings.zone])
        self.db.execute(_BAD)
        columns = [f"{sql_name(f'f_{n}')} {_SQL_TYPES.get(f.kind, 'VARCHAR')}" for n, f in source.stored.items()]
        self.db.execute(
            "CREATE TABLE stage (line BIGINT, problem SMALLINT, date_only BOOLEAN, cells VARCHAR,"
            f" {', '.join(columns)})"
        )
        self.db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Free the memory and remove the folder."""
        self.db.close()
        self._folder.cleanup()

    def add(self, chunk: Chunk) -> None:
        """Read the cells of a chunk; rows with a bad cell are set aside with the first problem."""
        self.blank += chunk.blank
        if chunk.damaged:
            self.add_damaged(chunk.damaged)
        if not chunk.rows.num_rows:
            return
        columns: dict[str, pa.ChunkedArray] = {"__line": pa.array(chunk.lines)}
        reads: dict[str, Cell] = {}
        for name, field in self.source.stored.items():
            column = self.source.columns.get(name)
            if column is None:
                continue
            columns[column], held = plain(chunk.rows.column(column))
            if field.kind == "time":
                self.units.setdefault(column, set()).update(time_units(columns[column], held))
            reads[name] = cell(name, field, column, held, self.bounds)
        for column in self.source.header:
            if column in chunk.rows.column_names and column not in columns:
                columns[column], _ = plain(chunk.rows.column(column))
        self._insert(pa.table(columns), reads, int(chunk.lines[0]), int(chunk.lines[-1]))

    def _insert(self, rows: pa.Table, reads: Mapping[str, Cell], first: int, last: int) -> None:
        self.db.register("chunk", rows)
        try:
            self.db.execute(self._reading(reads))
            self._set_aside(first, last)
        finally:
            self.db.unregister("chunk")

    def _reading(self, reads: Mapping[str, Cell]) -> str:
        """One INSERT: cells → plain → written → typed → the first problem in the order of the profile's fields."""
        checks = [(test, self._number(problem)) for read in reads.values() for test, problem in read.checks]
        problem = "CASE " + " ".join(f"WHEN {t} THEN {i}" for t, i in checks) + " END" if checks else "NULL"
        plains = ", ".join(f"{r.plain} AS {sql_name(f'n_{n}')}" for n, r in reads.items())
        typed = ", ".join(f"{r.typed} AS {sql_name(f'f_{n}')}" for n, r in reads.items())
        written = ", ".join(f"{r.written} AS {sql_name(f'w_{n}')}" for n, r in reads.items())
        staged = ", ".join(sql_name(f"f_{n}") if n in reads else "NULL" for n in self.source.stored)
        cells = self._cells() if self.keep_cells else "NULL"
        kept = f", {cells} AS __cells"
        return (
            f"INSERT INTO stage SELECT __line, {problem}, {self._date_only(reads)}, __cells, {staged}"  # noqa: S608
            f" FROM (SELECT *, {typed} FROM (SELECT *, {written} FROM (SELECT __line, {plains}{kept} FROM chunk)))"
        )

    def _number(self, problem: Problem) -> int:
        if problem not in self.problems:
            self.problems.append(problem)
        return self.problems.index(problem)

    def _date_only(self, reads: Mapping[str, Cell]) -> str:
        """Whether the first time that is there is a date without time of day."""
        output = self.source.profile.outputs[0]
        clock = output.columns.get(output.spec.event_time)
        names = [n for n in fields_in(self.source.profile, clock) if n in reads] if clock is not None else []
        arms = " ".join(f"WHEN {sql_name(f'f_{n}')} IS NOT NULL THEN {reads[n].date_only}" for n in names)
        return f"coalesce(CASE {arms} END, false)" if arms else "false"

    def _cells(self) -> str:
        """JSON of the row as the source has it."""
        pairs = ", ".join(f"{sql_text(c)}, CAST({sql_name(c)} AS VARCHAR)" for c in self.source.header)
        return f"CAST(json_object({pairs}) AS VARCHAR)"

    def _set_aside(self, first: int, last: int) -> None:
        """Copy the cells of this chunk's bad rows, as the source has them, to the quarantine."""
        if not self.problems:
            return
        held = ("stage.line BETWEEN ? AND ? AND stage.problem IS NOT NULL", [first, last])
        found = self.db.execute(f"SELECT count(*) FROM stage WHERE {held[0]}", held[1]).fetchall()[0][0]  # noqa: S608
        if not found:
            return
        columns = [self.source.columns.get(p.field, p.field) for p in self.problems]
        value = " ".join(
            f"WHEN {i} THEN CAST({sql_name(c)} AS VARCHAR)" for i, c in enumerate(columns) if c in self.source.header
        )
        name = " ".join(f"WHEN {i} THEN {sql_text(c)}" for i, c in enumerate(columns))
        code = " ".join(f"WHEN {i} THEN {sql_text(p.code)}" for i, p in enumerate(self.problems))
        self.db.execute(
            f"INSERT INTO bad SELECT stage.line, CASE stage.problem {name} END, CASE stage.problem {value} END,"  # noqa: S608
            f" CASE stage.problem {code} END, NULL, {self._cells()} FROM stage JOIN chunk"
            f" ON chunk.__line = stage.line WHERE {held[0]}",
            held[1],
        )

    def add_damaged(self, damaged: list[Damaged]) -> None:
        """Set aside lines that are no rows; their cells are read as well as can be, for a person to correct."""
        rows = [(d.line, None, d.value[:200], d.code, d.text, self._guess(d.text)) for d in damaged]
        names = ("line", "column", "value", "code", "raw", "cells")
        kinds = [pa.int64()] + [pa.string()] * 5
        columns = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
        table = pa.table(columns, names=names)
        self.db.register("damaged", table)
        self.db.execute("INSERT INTO bad SELECT * FROM damaged")
        self.db.unregister("damaged")

    def _guess(self, text: str) -> str:
        cells = cells_of(text, self.source.delimiter)
        return json.dumps(dict(zip(self.source.header, cells, strict=False)), ensure_ascii=False)

    def count(self, sql: str) -> int:
        """One number."""
        return int(self.db.execute(sql).fetchall()[0][0] or 0)


def bounds(settings: IngestSettings) -> Bounds:
    """The times an event may have. Raises UsageError for a setting that is no date."""
    zone = ZoneInfo(settings.zone)

    def micros(text: str) -> int:
        day = date.fromisoformat(text)
        return to_micros(datetime(day.year, day.month, day.day, tzinfo=zone))

    try:
        return Bounds(micros(settings.earliest), micros(settings.latest))
    except ValueError as exc:
        raise UsageError(f"[ingest] earliest and latest must be dates like 2026-01-31: {exc}") from exc
