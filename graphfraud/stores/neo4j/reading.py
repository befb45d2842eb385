"""Reading a graph beside whoever writes it: no lock, nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from graphfraud.core.facts import FactTables
from graphfraud.core.schemas import TABLES
from graphfraud.errors import StoreError
from graphfraud.settings import Neo4jSettings
from graphfraud.stores.base import Direction, Hop, HopLimits, StoreStats, Window
from graphfraud.stores.neo4j import export, read, schema
from graphfraud.stores.neo4j.session import Session


class Neo4jReading:
    """What can be read of a graph that is there, with its constraints and indexes.

    A load that finishes between two calls is seen by the second: readers ask as of a time.
    """

    def __init__(self, settings: Neo4jSettings) -> None:
        """Raises StoreBusy, StoreError where the database holds no graph of graphfraud or lacks an index."""
        self._session = Session(settings)
        try:
            if not self._session.read("read/store_seen", "reading the last load"):
                raise StoreError(
                    f"database {settings.database} at {settings.uri} holds no graph of graphfraud:"
                    " `graphfraud init DIR --store neo4j` prepares it, `graphfraud ingest` loads facts"
                )
            schema.demand(self._session, self._session.read("read/store_names", "reading the schema")[0]["names"])
        except BaseException:
            self.close()
            raise

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
        """See GraphStore."""
        return read.expand(self._session, accounts, direction, window, limits)

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        """See GraphStore."""
        return export.export(self._session, as_of, since_seq)

    def stats(self) -> StoreStats:
        """See GraphStore."""
        return stats(self._session)

    def close(self) -> None:
        """Close the connection. Can be called again."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def stats(session: Session) -> StoreStats:
    """See GraphStore. Reads a few nodes."""
    (found,) = session.ask("read/store_tables", "counting rows")
    rows, known = dict.fromkeys(TABLES, 0), dict[str, int | None].fromkeys(TABLES)
    for name, count, latest in found["tables"]:
        rows[name], known[name] = count, latest
    return StoreStats(rows, found["seq"], known, schema.format_version(), found["run"])
