"""The embedded store: GraphStore on one DuckDB file, used by one process at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pyarrow as pa

from graphfraud.core.facts import Facts, FactTables, WriteReport
from graphfraud.core.schemas import TABLES
from graphfraud.core.sql import sql
from graphfraud.settings import StoreSettings
from graphfraud.stores.base import Direction, Hop, HopLimits, RunRecord, StoreStats, Window
from graphfraud.stores.embedded import export, findings, read, write
from graphfraud.stores.embedded.schema import FORMAT_VERSION, prepare
from graphfraud.stores.embedded.session import Session


class EmbeddedStore:
    """A GraphStore in the DuckDB file `path`, made when it is not there.

    Opening takes the store for this process until `close`: another process waits `settings.lock_wait_s` and gets
    StoreBusy naming this one. After a kill the file opens as it was after the last finished call. `retention` is the
    number of runs whose findings are kept. Readers of published runs need no store.
    """

    def __init__(self, path: Path, settings: StoreSettings, retention: int) -> None:
        """Raises StoreBusy, FormatVersionError, StoreError."""
        self._retention = retention
        self._session = Session(path, settings)
        try:
            prepare(self._session)
        except BaseException:
            self._session.close()
            raise

    def write(self, facts: Facts) -> WriteReport:
        """See GraphStore. 10M transfers: about 13 s on two cores, below 2 GB."""
        return write.write(self._session, facts)

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        """See GraphStore. Tables are read when asked for: large ones are best read with `FactTables.by_time`."""
        return export.export(self._session, as_of, since_seq)

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
        """See GraphStore."""
        return read.expand(self._session, accounts, direction, window, limits)

    def shared(self, accounts: Sequence[str], limits: HopLimits) -> Hop:
        """See GraphStore."""
        return read.shared(self._session, accounts, limits)

    def write_findings(self, run: RunRecord, tables: Mapping[str, pa.Table]) -> None:
        """See GraphStore."""
        findings.write_findings(self._session, run, tables, self._retention)

    def stats(self) -> StoreStats:
        """See GraphStore. Reads one column per table."""
        rows: dict[str, int] = {}
        known: dict[str, int | None] = {}
        with self._session.mapped("counting rows"):
            db = self._session.db
            for name in TABLES:
                count, latest = db.execute(sql("SELECT count(*), max(known_at) FROM {t}", t=name)).fetchall()[0]
                rows[name], known[name] = int(count), None if latest is None else int(latest)
            last = int(db.execute("SELECT value FROM meta WHERE key = 'ingest_seq'").fetchall()[0][0])
            return StoreStats(rows, last, known, FORMAT_VERSION, findings.live_run(db))

    def close(self) -> None:
        """Release the store. Can be called again."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
