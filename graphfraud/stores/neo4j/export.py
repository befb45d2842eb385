"""Reading facts out: tables as of T, whole or in ranges of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa
from neo4j import READ_ACCESS, Transaction

from graphfraud.core.facts import FactTables, StoredTables, lacking
from graphfraud.core.schemas import TableSpec
from graphfraud.errors import StoreError
from graphfraud.stores.base import Tallies
from graphfraud.stores.neo4j.families import FAMILIES, Family, prop
from graphfraud.stores.neo4j.library import load
from graphfraud.stores.neo4j.session import Session

EVER = (1 << 63) - 1
BEFORE = -(1 << 63)
BUCKETS = 512  # of event time, counted at once
DECODED = 20_000  # rows turned into Arrow at a time


@dataclass(frozen=True)
class Cut:
    """Rows known at `as_of`, written after `since` up to `seen`."""

    as_of: int
    since: int
    seen: int

    @property
    def values(self) -> dict[str, int]:
        return {"as_of": self.as_of, "since": self.since, "seen": self.seen}


def export(session: Session, as_of: int, since_seq: int | None) -> FactTables:
    """See `GraphStore.export`. Costs one small query; tables are read when asked for."""
    (marks,) = session.ask("read/store_tables", "exporting facts")
    had = {(table, name) for table, name, since in marks["columns"] if since <= as_of}
    cut = Cut(as_of, -1 if since_seq is None else since_seq, marks["seq"])
    return FactTables(as_of, _Tables(session, cut), lacking(had), marks["seq"])


class _Tables(StoredTables):
    """Fact tables of a graph at a cut, each read when it is asked for."""

    def __init__(self, session: Session, cut: Cut) -> None:
        self._session = session
        self._cut = cut

    def __getitem__(self, name: str) -> pa.Table:
        return self._read(FAMILIES[name], None, None)

    def by_time(self, name: str, columns: Sequence[str] | None, rows: int) -> Iterator[pa.Table]:
        for piece in _pieces(self._session, FAMILIES[name], self._cut, rows):
            yield self._read(FAMILIES[name], columns, piece)

    def _read(self, family: Family, wanted: Sequence[str] | None, piece: Piece | None) -> pa.Table:
        known = [*family.spec.schema.names, "ingest_seq"]
        names = known if wanted is None else [n for n in wanted if n in known]
        statement, parameters, columns = _statement(family, names, self._cut, piece)
        schema = _schema(family.spec, columns)

        def work(tx: Transaction) -> pa.Table:
            values = (record[0] for record in tx.run(load(statement).text, parameters))
            try:
                return pa.Table.from_batches(_decoded(values, schema), schema)
            except (pa.ArrowInvalid, pa.ArrowTypeError) as exc:
                raise StoreError(
                    f"{family.spec.name} in the graph hold a value that graphfraud did not write: {exc}. Something else"
                    " has changed the graph; `graphfraud check` looks it over"
                ) from exc

        return self._session.managed(work, f"reading {family.spec.name}", READ_ACCESS).select(names)


@dataclass(frozen=True)
class Piece:
    """Event times [start, end); `untimed`: rows without one too."""

    start: int
    end: int
    untimed: bool = False


def _statement(
    family: Family, names: list[str], cut: Cut, piece: Piece | None
) -> tuple[str, dict[str, Any], list[str]]:
    """Statement, parameters and the columns of its rows."""
    between = {"start": BEFORE, "end": EVER} if piece is None else {"start": piece.start, "end": piece.end}
    if family.name == "transfers":
        name = "read/store_transfers" if piece is None or cut.since >= 0 else "read/store_transfers_between"
        return name, cut.values | between, list(family.columns)
    if family.name == "identifiers":
        return "read/store_identifiers", cut.values | between, list(family.columns)
    more = {"columns": [prop(n) for n in names], "untimed": piece is None or piece.untimed}
    return "read/store_facts", family.clocked | cut.values | between | more, names


def _schema(spec: TableSpec, columns: Sequence[str]) -> pa.Schema:
    types = {f.name: f.type for f in spec.schema} | {"ingest_seq": pa.int64()}
    return pa.schema([(n, types[n]) for n in columns])


def _decoded(values: Iterator[list[Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows from the server in batches of columns."""
    while some := list(islice(values, DECODED)):
        columns = zip(*some, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _pieces(session: Session, family: Family, cut: Cut, wanted: int) -> Iterator[Piece]:
    """Consecutive ranges of event time of about `wanted` rows; the first has the rows without a time."""
    doing = f"reading {family.spec.name}"
    (span,) = session.read(f"read/store_{family.name}_span", doing, **family.clocked, **cut.values)
    if not span["rows"]:
        return
    if span["first"] is None:
        yield Piece(0, 0, untimed=True)
        return
    buckets = list(_buckets(session, family, cut, (span["first"], span["last"] + 1, wanted)))
    starts, rows_in = [span["first"]], span["untimed"]
    for start, count in buckets:
        if rows_in and rows_in + count > wanted and start > starts[0]:
            starts.append(start)
            rows_in = 0
        rows_in += count
    ends = [*starts[1:], EVER]
    for nth, (start, end) in enumerate(zip(starts, ends, strict=True)):
        yield Piece(start if nth else BEFORE, end, untimed=nth == 0)


def _buckets(session: Session, family: Family, cut: Cut, span: tuple[int, int, int]) -> Iterator[tuple[int, int]]:
    """(start, rows) of consecutive ranges of event time, cut finer where one has more rows than wanted."""
    start, end, wanted = span
    width = max(1, -(-(end - start) // BUCKETS))
    doing, name = f"reading {family.spec.name}", f"read/store_{family.name}_times"
    if family.name == "transfers" and cut.since >= 0:
        name = "read/store_transfers_times_since"
    values = {"start": start, "end": end, "width": width}
    for found in session.read(name, doing, **family.clocked, **cut.values, **values):
        first = start + found["bucket"] * width
        if found["rows"] > wanted and width > 1:
            yield from _buckets(session, family, cut, (first, min(end, first + width), wanted))
        else:
            yield first, found["rows"]


def counted(session: Session, since_seq: int) -> Tallies:
    """What the graph holds of each load after `since_seq`, counted there now. O(rows of these loads)."""
    cut = {"since": since_seq, "seen": session.read("read/store_seen", "counting")[0]["seen"]}
    found: Tallies = {}
    for family in FAMILIES.values():
        table, name = family.spec.name, f"read/store_{family.name}_checksum"
        for row in session.read(name, f"counting {table}", **family.clocked, **cut):
            found.setdefault(table, {})[row["seq"]] = (row["rows"], row["checksum"])
    return found
