"""Tables of the DuckDB file, its format version, and how an older file is brought up to date.

meta                   key, value: format_version, ingest_seq (the last number given)
<fact table>           the columns of core.schemas, ingest_seq; one table each, no index: a hash join over a
                       column is faster than keeping an index up to date at 10M rows
had_column             optional columns some source had, and from when on a row of such a source was known
runs                   findings that were written: number, run_id, as_of, findings_hash, live
<findings table>__<n>  findings of run number n; live_<findings table> are views of the live run
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb

from graphfraud.core.schemas import PROVENANCE, TABLES, TableSpec
from graphfraud.core.sql import Sql, sql
from graphfraud.errors import FormatVersionError
from graphfraud.stores.embedded.session import Session

FORMAT_VERSION = 1

#: Brings a file of the key's version to the next one. Each runs inside the one transaction of the whole migration.
MIGRATIONS: Mapping[int, Callable[[duckdb.DuckDBPyConnection], None]] = {}

_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "bool": "BOOLEAN"}
#: Text with very many values: this compression costs half of what DuckDB would choose, at about the same size.
_MANY_VALUES = frozenset({"txn_id", "row_id", "content_hash", "payer", "payee", "account", "account_id", "value", "ip"})
_NEVER_NULL = frozenset({"row_id", "content_hash", "known_at"})


def columns(spec: TableSpec) -> list[str]:
    """Columns of a fact table in the file, without ingest_seq."""
    return [*spec.names, *(f.name for f in PROVENANCE)]


def prepare(session: Session) -> None:
    """Create the tables in a new file, or migrate an older one. Raises FormatVersionError."""
    with session.transaction() as db:
        version = _version(db, session)
        if version is None:
            _create(db)
            return
        if version > FORMAT_VERSION or any(v not in MIGRATIONS for v in range(version, FORMAT_VERSION)):
            raise FormatVersionError(
                f"the store {session.path} has format {version}; this version of graphfraud reads {FORMAT_VERSION}"
                f" and can migrate from {sorted(MIGRATIONS) or 'no older one'}. Use the version that wrote it, or"
                " ingest the files into a new workspace (`graphfraud init`)"
            )
        for step in range(version, FORMAT_VERSION):
            MIGRATIONS[step](db)
        if version < FORMAT_VERSION:
            db.execute("UPDATE meta SET value = ? WHERE key = 'format_version'", [str(FORMAT_VERSION)])
        _add_columns(db)


def _version(db: duckdb.DuckDBPyConnection, session: Session) -> int | None:
    """Format of the file; None if it is new."""
    names = {row[0] for row in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not names:
        return None
    found = db.execute("SELECT value FROM meta WHERE key = 'format_version'").fetchall() if "meta" in names else []
    if not found or not str(found[0][0]).isdigit():
        raise FormatVersionError(
            f"{session.path} is a DuckDB file, but not a graphfraud store: it has no format version."
            " Name another path, or start a new workspace with `graphfraud init`"
        )
    return int(found[0][0])


def _create(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL)")
    db.execute("INSERT INTO meta VALUES ('format_version', ?), ('ingest_seq', '0')", [str(FORMAT_VERSION)])
    db.execute(
        "CREATE TABLE had_column (table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL, since BIGINT NOT NULL)"
    )
    db.execute(
        "CREATE TABLE runs (number BIGINT NOT NULL, run_id VARCHAR NOT NULL, as_of BIGINT NOT NULL,"
        " findings_hash VARCHAR NOT NULL, live BOOLEAN NOT NULL)"
    )
    for spec in TABLES.values():
        lines = Sql(", ".join(_column(name, kind) for name, kind in _types(spec).items()))
        db.execute(sql("CREATE TABLE {table} ({lines}, ingest_seq BIGINT NOT NULL)", table=spec.name, lines=lines))


def _types(spec: TableSpec) -> dict[str, str]:
    return {field.name: _TYPES[str(field.type)] for field in spec.schema}


def _column(name: str, kind: str) -> str:
    compression = " USING COMPRESSION zstd" if name in _MANY_VALUES else ""
    return f'"{name}" {kind}{compression}{" NOT NULL" if name in _NEVER_NULL else ""}'


def _add_columns(db: duckdb.DuckDBPyConnection) -> None:
    """Optional columns that this version has and the file has not: added, null."""
    for spec in TABLES.values():
        there = {
            row[0]
            for row in db.execute(
                "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [spec.name]
            ).fetchall()
        }
        for name, kind in _types(spec).items():
            if name not in there:
                db.execute(sql("ALTER TABLE {t} ADD COLUMN {c} {kind}", t=spec.name, c=name, kind=Sql(kind)))
