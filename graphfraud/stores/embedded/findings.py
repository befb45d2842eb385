"""Findings in the store: a set of tables per run, one run live, older runs dropped."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from graphfraud.core.findings import FINDINGS
from graphfraud.core.sql import sql
from graphfraud.errors import StoreError
from graphfraud.stores.base import RunRecord
from graphfraud.stores.embedded.session import Session


def write_findings(session: Session, run: RunRecord, tables: Mapping[str, pa.Table], keep: int) -> None:
    """See `GraphStore.write_findings`. Keeps the `keep` runs written last. One transaction: readers of the file see
    the old run or the new one, and a kill leaves the old one.
    """
    unknown = sorted(set(tables) - set(FINDINGS))
    if unknown:
        raise StoreError(f"run {run.run_id} has tables that are no findings: {', '.join(unknown)}")
    with session.transaction("writing findings") as db:
        number = _next(db)
        _drop(db, db.execute("SELECT number FROM runs WHERE run_id = ?", [run.run_id]).fetchall())
        for name, spec in FINDINGS.items():
            given = spec.sorted(tables[name]) if name in tables else spec.empty()
            db.register("given", given)
            db.execute(sql("CREATE TABLE {table} AS SELECT * FROM given", table=_table(name, number)))
            db.unregister("given")
            live = sql(
                "CREATE OR REPLACE VIEW {view} AS SELECT * FROM {table}",
                view=f"live_{name}",
                table=_table(name, number),
            )
            db.execute(live)
        db.execute("UPDATE runs SET live = FALSE")
        db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, TRUE)", [number, run.run_id, run.as_of, run.findings_hash])
        _drop(db, db.execute("SELECT number FROM runs ORDER BY number DESC OFFSET ?", [keep]).fetchall())


def live_run(db: duckdb.DuckDBPyConnection) -> str | None:
    found = db.execute("SELECT run_id FROM runs WHERE live").fetchall()
    return str(found[0][0]) if found else None


def _table(name: str, number: int) -> str:
    return f"{name}__{number}"


def _next(db: duckdb.DuckDBPyConnection) -> int:
    return int(db.execute("SELECT coalesce(max(number), 0) + 1 FROM runs").fetchall()[0][0])


def _drop(db: duckdb.DuckDBPyConnection, numbers: list[tuple[int]]) -> None:
    for (number,) in numbers:
        for name in FINDINGS:
            db.execute(sql("DROP TABLE IF EXISTS {table}", table=_table(name, number)))
        db.execute("DELETE FROM runs WHERE number = ?", [number])
