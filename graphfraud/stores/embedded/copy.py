"""A local copy of the facts of another store, in the form of an embedded one: for reading, not for writing.

Rows keep the ingest_seq they have there. A row that comes again (known from an earlier time on) takes the place of the
one that is here.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from graphfraud.core.facts import FactTables
from graphfraud.core.schemas import CASH, IDENTIFIERS, TABLES, TRANSFERS, TableSpec
from graphfraud.core.sql import Sql, sql
from graphfraud.stores.base import MODULUS, Tallies
from graphfraud.stores.embedded.schema import columns
from graphfraud.stores.embedded.store import EmbeddedStore

_TALLY = """
    SELECT ingest_seq, count(*) AS n, sum((
        (coalesce({clock}, 0) % {m} + {m}) % {m} + 31 * ((known_at % {m} + {m}) % {m}) + {measure}
    ) % {m}) % {m} AS checksum
    FROM {table} GROUP BY ingest_seq ORDER BY ingest_seq
"""
_MEASURE = "1009 * ((coalesce({column}, 0) % {m} + {m}) % {m})"
#: What a row's checksum has beside its times.
_MEASURED = {TRANSFERS.name: "amount", CASH.name: "amount", IDENTIFIERS.name: "count"}


class LocalCopy(EmbeddedStore):
    """An embedded store that holds what another store holds."""

    def last_seq(self) -> int:
        """The last ingest_seq of the other store that is here; 0 in a new copy."""
        with self._session.mapped("reading the copy"):
            return int(self._session.db.execute("SELECT value FROM meta WHERE key = 'ingest_seq'").fetchall()[0][0])

    def take(self, facts: FactTables) -> dict[str, int]:
        """Take over facts with their ingest_seq, all or none; returns rows by table. O(rows), and a scan of the row_ids
        that are here.
        """
        taken: dict[str, int] = {}
        empty = self.last_seq() == 0
        with self._session.transaction("copying facts") as db:
            for name in facts:
                taken[name] = 0
                for piece in facts.by_time(name):
                    if not empty:
                        _drop(db, TABLES[name], piece)
                    taken[name] += _insert(db, TABLES[name], piece)
            db.execute("UPDATE meta SET value = ? WHERE key = 'ingest_seq'", [str(facts.max_ingest_seq)])
        return taken

    def clear(self) -> None:
        """Forget everything."""
        with self._session.transaction("emptying the copy") as db:
            for name in TABLES:
                db.execute(sql("DELETE FROM {t}", t=name))
            db.execute("UPDATE meta SET value = '0' WHERE key = 'ingest_seq'")

    def tallies(self) -> Tallies:
        """Rows and checksum by table and ingest_seq, worked out from the rows. O(rows)."""
        found: dict[str, dict[int, tuple[int, int]]] = {}
        with self._session.mapped("counting the copy"):
            for name, spec in TABLES.items():
                rows = self._session.db.execute(_tally(spec)).fetchall()
                found[name] = {int(seq): (int(n), int(checksum)) for seq, n, checksum in rows}
        return found


def _tally(spec: TableSpec) -> str:
    modulus = Sql(str(MODULUS))
    column = _MEASURED.get(spec.name)
    measure = Sql(sql(_MEASURE, column=column, m=modulus)) if column else Sql("0")
    return sql(_TALLY, table=spec.name, clock=spec.event_time, measure=measure, m=modulus)


def _drop(db: duckdb.DuckDBPyConnection, spec: TableSpec, piece: pa.Table) -> None:
    """Remove rows that are here under the id of a row of the piece."""
    db.register("piece", piece.select(["row_id"]))
    try:
        db.execute(sql("DELETE FROM {t} WHERE row_id IN (SELECT row_id FROM piece)", t=spec.name))
    finally:
        db.unregister("piece")


def _insert(db: duckdb.DuckDBPyConnection, spec: TableSpec, piece: pa.Table) -> int:
    """Insert a piece in time order; returns its rows."""
    clock = piece[spec.event_time].fill_null(0).to_numpy()
    names = [*columns(spec), "ingest_seq"]
    db.register("piece", piece.take(pa.array(np.argsort(clock, kind="stable"))))
    try:
        db.execute(sql("INSERT INTO {t} ({names}) SELECT {names} FROM piece", t=spec.name, names=names))
    finally:
        db.unregister("piece")
    return int(piece.num_rows)
