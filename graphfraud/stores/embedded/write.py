"""Writing facts: idempotent by row_id, all or nothing, in pieces so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphfraud.core.facts import Facts, WriteReport
from graphfraud.core.schemas import TableSpec
from graphfraud.core.sql import sql
from graphfraud.stores.embedded.schema import columns
from graphfraud.stores.embedded.session import Session

ROW_GROUP = 122_880  # of DuckDB
#: Rows compared and inserted at a time.
CHUNK_ROWS = 8 * ROW_GROUP

#: Over the identities of a chunk: new | same | conflict, and whether the row tells of an earlier known_at.
_IDENTITY = ["chunk_row", "row_id", "content_hash", "known_at", "source_file", "source_row"]
_VERDICT = """
    CREATE OR REPLACE TEMP TABLE verdict AS
    WITH stored AS (SELECT t.row_id, t.content_hash, t.known_at FROM {table} t SEMI JOIN identity USING (row_id)),
    ranked AS (
        SELECT c.chunk_row, c.row_id, c.content_hash, c.known_at,
            s.content_hash AS stored_hash, s.known_at AS stored_known,
            row_number() OVER same_id AS nth,
            first_value(c.content_hash) OVER same_id AS first_hash,
            first_value(c.known_at) OVER same_id AS first_known
        FROM identity c LEFT JOIN stored s USING (row_id)
        WINDOW same_id AS (
            PARTITION BY row_id
            ORDER BY c.source_row NULLS LAST, c.source_file, c.content_hash, c.known_at, c.chunk_row)
    )
    SELECT chunk_row, row_id, known_at,
        CASE WHEN stored_hash IS NULL AND nth = 1 THEN 'new'
            WHEN content_hash = coalesce(stored_hash, first_hash) THEN 'same'
            ELSE 'conflict' END AS verdict,
        known_at < coalesce(stored_known, first_known) AS earlier
    FROM ranked
"""


@dataclass
class _Tally:
    """What a write has done so far."""

    received: int = 0
    inserted: int = 0
    earlier: int = 0  # stored rows that are now known from an earlier time on
    conflicts: list[pa.Table] = field(default_factory=list)
    known_from: int | None = None


def write(session: Session, facts: Facts) -> WriteReport:
    """Insert what is not there yet. See `GraphStore.write`.

    A chunk is compared with the table by one hash join on row_id and then inserted; nothing is written twice.
    O(rows) and one scan of the stored row_id per chunk. Rows are kept in time order within a chunk, so that
    reading a range of time reads few row groups.
    """
    tally = _Tally()
    with session.transaction(f"writing {facts.spec.name}") as db:
        last = _last_seq(db)
        for chunk in _chunks(facts):
            _write_chunk(db, facts.spec, chunk, last + 1, tally)
        if tally.inserted or tally.earlier:
            last += 1
            db.execute("UPDATE meta SET value = ? WHERE key = 'ingest_seq'", [str(last)])
        if tally.known_from is not None:
            _note_columns(db, facts, tally.known_from)
    conflicts = pa.concat_tables([facts.spec.schema.empty_table(), *tally.conflicts])
    unchanged = tally.received - tally.inserted - conflicts.num_rows
    return WriteReport(facts.spec.name, tally.received, tally.inserted, unchanged, conflicts, last)


def _last_seq(db: duckdb.DuckDBPyConnection) -> int:
    return int(db.execute("SELECT value FROM meta WHERE key = 'ingest_seq'").fetchall()[0][0])


def _chunks(facts: Facts) -> Iterator[pa.Table]:
    """The batches in tables of about CHUNK_ROWS rows, each row with its place in the chunk."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in facts.reader():
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= CHUNK_ROWS:
            yield _chunk(facts, waiting)
            waiting, rows = [], 0
    if rows:
        yield _chunk(facts, waiting)


def _chunk(facts: Facts, batches: list[pa.RecordBatch]) -> pa.Table:
    table = pa.Table.from_batches(batches, schema=facts.spec.schema)
    clock = table[facts.spec.event_time].fill_null(0).to_numpy()
    if _scattered(clock):
        table = table.take(pa.array(np.argsort(clock, kind="stable")))
    return table.append_column("chunk_row", pa.array(np.arange(table.num_rows, dtype=np.int64)))


def _scattered(clock: NDArray[np.int64]) -> bool:
    """Whether the row groups of a chunk would overlap much in time. Files in rough order need no sorting."""
    blocks = [clock[i : i + ROW_GROUP] for i in range(0, len(clock), ROW_GROUP)]
    return sum(int(np.ptp(b)) for b in blocks) > 2 * int(np.ptp(clock))


def _write_chunk(db: duckdb.DuckDBPyConnection, spec: TableSpec, chunk: pa.Table, seq: int, tally: _Tally) -> None:
    known = pc.min(chunk["known_at"]).as_py()
    tally.known_from = known if tally.known_from is None else min(tally.known_from, known)
    tally.received += chunk.num_rows
    if not _doubtful(db, spec, chunk):
        tally.inserted += _insert(db, spec, chunk, seq)
        return
    with _scan(db, chunk.select(_IDENTITY)):
        db.execute("CREATE OR REPLACE TEMP TABLE identity AS FROM chunk")
    db.execute(sql(_VERDICT, table=spec.name))
    tally.inserted += _insert(db, spec, chunk.take(_places(db, "new")), seq)
    tally.earlier += _known_earlier(db, spec, seq)
    refused = _places(db, "conflict")
    if len(refused):
        tally.conflicts.append(chunk.take(refused).drop_columns(["chunk_row"]))


@contextmanager
def _scan(db: duckdb.DuckDBPyConnection, table: pa.Table) -> Iterator[None]:
    """The table as `chunk`, for one scan. As a stream that lets go of its batches: DuckDB keeps what is registered
    until the transaction ends, and that would be every chunk.
    """
    waiting = table.to_batches()
    stream = (waiting.pop(0) for _ in range(len(waiting)))
    db.register("chunk", pa.RecordBatchReader.from_batches(table.schema, stream))
    try:
        yield
    finally:
        waiting.clear()
        db.unregister("chunk")


def _doubtful(db: duckdb.DuckDBPyConnection, spec: TableSpec, chunk: pa.Table) -> bool:
    """Whether some row_id of the chunk occurs twice, in it or in it and the table."""
    with _scan(db, chunk.select(["row_id"])):
        if db.execute("SELECT count(*) > count(DISTINCT hash(row_id)) FROM chunk").fetchall()[0][0]:
            return True
    with _scan(db, chunk.select(["row_id"])):
        known = sql("SELECT 1 FROM chunk SEMI JOIN {table} USING (row_id) LIMIT 1", table=spec.name)
        return bool(db.execute(known).fetchall())


def _places(db: duckdb.DuckDBPyConnection, verdict: str) -> pa.ChunkedArray:
    """Places in the chunk of the rows with this verdict."""
    return db.sql(
        "SELECT chunk_row FROM verdict WHERE verdict = ? ORDER BY chunk_row", params=[verdict]
    ).to_arrow_table()["chunk_row"]


def _insert(db: duckdb.DuckDBPyConnection, spec: TableSpec, chunk: pa.Table, seq: int) -> int:
    """Insert these rows. Columns without a value are left out, which costs nothing."""
    names = [c for c in columns(spec) if chunk[c].null_count < chunk.num_rows]
    if not chunk.num_rows:
        return 0
    with _scan(db, chunk.select(names)):
        insert = sql("INSERT INTO {t} ({names}, ingest_seq) SELECT {names}, ? FROM chunk", t=spec.name, names=names)
        return _count(db.execute(insert, [seq]))


def _known_earlier(db: duckdb.DuckDBPyConnection, spec: TableSpec, seq: int) -> int:
    """Rows of which another copy was known earlier: known from then on."""
    if not db.execute("SELECT 1 FROM verdict WHERE verdict = 'same' AND earlier LIMIT 1").fetchall():
        return 0
    update = sql(
        """
        UPDATE {table} t SET known_at = v.first, ingest_seq = ?
        FROM (SELECT row_id, min(known_at) AS first FROM verdict WHERE verdict = 'same' GROUP BY row_id) v
        WHERE t.row_id = v.row_id AND v.first < t.known_at
        """,
        table=spec.name,
    )
    return _count(db.execute(update, [seq]))


def _count(done: duckdb.DuckDBPyConnection) -> int:
    return int(done.fetchall()[0][0])


def _note_columns(db: duckdb.DuckDBPyConnection, facts: Facts, known_from: int) -> None:
    """Remember which optional columns this source had, and since when a row of such a source is known."""
    had = [c.name for c in facts.spec.columns if not c.required and c.name not in facts.missing]
    name = facts.spec.name
    db.execute(
        """
        MERGE INTO had_column h
        USING (SELECT ? AS table_name, unnest(?::VARCHAR[]) AS column_name, ?::BIGINT AS since) n
        ON h.table_name = n.table_name AND h.column_name = n.column_name
        WHEN MATCHED AND n.since < h.since THEN UPDATE SET since = n.since
        WHEN NOT MATCHED THEN INSERT VALUES (n.table_name, n.column_name, n.since)
        """,
        [name, had, known_from],
    )
