"""Reading facts out: tables as of T, whole or in ranges of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.facts import FactTables, StoredTables, lacking
from graphfraud.core.schemas import TABLES, TableSpec
from graphfraud.core.sql import Sql, sql
from graphfraud.stores.embedded.schema import columns
from graphfraud.stores.embedded.session import Session

#: Times looked at to cut a table into pieces of about equal length.
SAMPLE = 200_000


def export(session: Session, as_of: int, since_seq: int | None) -> FactTables:
    """See `GraphStore.export`. Costs two small queries; tables are read when asked for."""
    with session.mapped("exporting facts"):
        last = int(session.db.execute("SELECT value FROM meta WHERE key = 'ingest_seq'").fetchall()[0][0])
    cut = _Cut(as_of, -1 if since_seq is None else since_seq, last)
    return FactTables(as_of, _Tables(session, cut), _missing(session, as_of), last)


@dataclass(frozen=True)
class _Cut:
    """Rows known at `as_of`, written after `since_seq` up to `last_seq`."""

    as_of: int
    since_seq: int
    last_seq: int

    #: condition for `values`
    condition = Sql("known_at <= ? AND ingest_seq > ? AND ingest_seq <= ?")

    @property
    def values(self) -> list[int]:
        return [self.as_of, self.since_seq, self.last_seq]


class _Tables(StoredTables):
    """Fact tables of a store at a cut, each read when it is asked for."""

    def __init__(self, session: Session, cut: _Cut) -> None:
        self._session = session
        self._cut = cut

    def __getitem__(self, name: str) -> pa.Table:
        return self._select(TABLES[name], None, "TRUE", [])

    def by_time(self, name: str, columns: Sequence[str] | None, rows: int) -> Iterator[pa.Table]:
        spec = TABLES[name]
        for condition, values in _ranges(self._cuts(spec, rows)):
            yield self._select(spec, columns, condition, values)

    def _cuts(self, spec: TableSpec, rows: int) -> list[int]:
        """Times at which the pieces start (of the first: any); empty for an empty table."""
        with self._session.mapped(f"reading {spec.name}"):
            found = self._session.db.sql(
                sql(
                    "SELECT coalesce({clock}, ?) AS t FROM {table} WHERE {cut}",
                    cut=_Cut.condition,
                    clock=spec.event_time,
                    table=spec.name,
                ),
                params=[np.iinfo(np.int64).min, *self._cut.values],
            ).fetchnumpy()["t"]
        if not len(found):
            return []
        stride = max(1, len(found) // SAMPLE)
        sample = np.sort(np.asarray(found, dtype=np.int64)[::stride])
        return sorted({int(t) for t in sample[:: max(1, rows // stride)]})

    def _select(self, spec: TableSpec, wanted: Sequence[str] | None, condition: str, values: list[int]) -> pa.Table:
        known = [*columns(spec), "ingest_seq"]
        names = known if wanted is None else [n for n in wanted if n in known]
        types = {f.name: f.type for f in spec.schema} | {"ingest_seq": pa.int64()}
        with self._session.mapped(f"reading {spec.name}"):
            table = self._session.db.sql(
                sql(
                    "SELECT {names} FROM {table} WHERE {cut} AND {condition}",
                    cut=_Cut.condition,
                    names=names,
                    table=spec.name,
                    condition=sql(condition, clock=spec.event_time),
                ),
                params=[*self._cut.values, *values],
            ).to_arrow_table()
        return table.cast(pa.schema([(n, types[n]) for n in names]))


def _ranges(starts: list[int]) -> Iterator[tuple[str, list[int]]]:
    """A condition on event time for every piece; the first takes rows without a time, the last has no end."""
    for i in range(len(starts)):
        first, last = i == 0, i == len(starts) - 1
        if first and last:
            yield "TRUE", []
        elif first:
            yield "({clock} < ? OR {clock} IS NULL)", [starts[1]]
        elif last:
            yield "{clock} >= ?", [starts[i]]
        else:
            yield "{clock} >= ? AND {clock} < ?", [starts[i], starts[i + 1]]


def _missing(session: Session, as_of: int) -> dict[str, frozenset[str]]:
    """Per table the optional columns that no source with a row known at `as_of` had."""
    with session.mapped("exporting facts"):
        had = set(
            session.db.execute("SELECT table_name, column_name FROM had_column WHERE since <= ?", [as_of]).fetchall()
        )
    return lacking(had)
