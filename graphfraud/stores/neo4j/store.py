"""The Neo4j store: GraphStore on a database of a Neo4j server, written by one process at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import pyarrow as pa

from graphfraud.core.facts import Facts, FactTables, WriteReport
from graphfraud.settings import Neo4jSettings
from graphfraud.stores.base import Direction, Hop, HopLimits, RunRecord, StoreStats, Tallies, Window
from graphfraud.stores.neo4j import export, findings, packed, read, write
from graphfraud.stores.neo4j.lock import Lock
from graphfraud.stores.neo4j.reading import stats
from graphfraud.stores.neo4j.schema import prepare
from graphfraud.stores.neo4j.session import Session


class Neo4jStore:
    """A GraphStore in the database that `settings` names, whose schema is made when it is not there.

    Opening takes the store for this process until `close`: another process waits `lock_wait_s` and gets StoreBusy
    naming this one. After a kill of client or server the facts are as they were after the last finished call.
    `retention` is the number of runs whose findings are kept. Who only reads needs no lock: docs/graph.md.
    """

    def __init__(self, settings: Neo4jSettings, retention: int, lock_wait_s: float = 5, repair: bool = False) -> None:
        """Raises StoreBusy, FormatVersionError, StoreError. `repair` makes missing constraints and indexes again."""
        self._retention = retention
        self._session = Session(settings)
        self._lock = Lock(self._session)
        try:
            prepare(self._session, repair)
            self._lock.take(lock_wait_s)
        except BaseException:
            self.close()
            raise

    def write(self, facts: Facts) -> WriteReport:
        """See GraphStore. Bounded transactions whose rows become visible together."""
        return write.write(self._session, self._lock.token, facts)

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        """See GraphStore. Tables are read when asked for, about 40,000 rows a second."""
        return export.export(self._session, as_of, since_seq)

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
        """See GraphStore."""
        return read.expand(self._session, accounts, direction, window, limits)

    def shared(self, accounts: Sequence[str], limits: HopLimits) -> Hop:
        """See GraphStore."""
        return read.shared(self._session, accounts, limits)

    def write_findings(self, run: RunRecord, tables: Mapping[str, pa.Table]) -> None:
        """See GraphStore."""
        findings.write_findings(self._session, self._lock.token, run, tables, self._retention)

    def pack(self) -> packed.Packed:
        """Pack the statements of accounts with new transfers, for live traces. `write_findings` does it too."""
        return packed.pack(self._session, self._lock.token)

    def stats(self) -> StoreStats:
        """See GraphStore. Reads a few nodes."""
        return stats(self._session)

    def tallies(self) -> Tallies:
        """Rows and checksum by table and load, as recorded when they were loaded."""
        found: Tallies = {}
        for row in self._session.read("read/store_tallies", "reading the loads"):
            found.setdefault(row["table"], {})[row["seq"]] = (row["rows"], row["checksum"])
        return found

    def counted(self, since_seq: int = -1) -> Tallies:
        """The same, counted in the graph now, of loads after `since_seq`. O(rows of these loads) on the server."""
        return export.counted(self._session, since_seq)

    def close(self) -> None:
        """Release the store. Can be called again."""
        self._lock.release()
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
