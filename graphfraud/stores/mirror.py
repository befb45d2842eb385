"""A server's facts through a local copy: the nightly job reads everything, and over the wire that takes long.

The copy is brought up to date by ingest_seq: only loads that are newer than it are fetched. Then rows and checksums of
every load are compared with what the server has on record; a copy that differs is thrown away and fetched anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

import pyarrow as pa

from graphfraud.core.facts import Facts, FactTables, WriteReport
from graphfraud.errors import StoreBusy, StoreError
from graphfraud.stores.base import (
    Direction,
    GraphStore,
    Hop,
    HopLimits,
    RunRecord,
    StoreStats,
    Tallies,
    Window,
)

EVER = (1 << 63) - 1


class Server(GraphStore, Protocol):
    """A store that keeps a record of its loads."""

    def tallies(self) -> Tallies:
        """Rows and checksum by table and load, as recorded when they were loaded."""
        ...

    def counted(self) -> Tallies:
        """The same, counted now."""
        ...


class Copy(GraphStore, Protocol):
    """What the facts of a server are copied into."""

    def last_seq(self) -> int: ...
    def take(self, facts: FactTables) -> dict[str, int]: ...
    def clear(self) -> None: ...
    def tallies(self) -> Tallies: ...


@dataclass(frozen=True)
class Refresh:
    """Rows fetched by table, the last load that is here, and why the copy was made anew, if it was."""

    rows: dict[str, int] = field(default_factory=dict)
    seq: int = 0
    anew: str = ""


class MirroredStore:
    """A GraphStore on a server whose `export` reads a local copy; everything else goes to the server.

    `open_copy(fresh)` opens the copy; `fresh` throws away what is there. Nobody else may use the copy meanwhile.
    """

    def __init__(self, server: Server, open_copy: Callable[[bool], Copy]) -> None:
        self.server = server
        self._open_copy = open_copy
        self._copy: Copy | None = None

    def refresh(self) -> Refresh:
        """Bring the copy up to date and verify it. O(new rows) over the wire, one scan of the copy.

        Raises StoreError when the server's facts are not what it has on record, StoreBusy.
        """
        copy, why = self._opened()
        last = self.server.stats().max_ingest_seq
        if copy.last_seq() > last:
            why = f"the copy has load {copy.last_seq()}, the server has {last}"
        if not why:
            rows = self._fetch(copy)
            why = _difference(self.server.tallies(), copy.tallies())
            if not why:
                return Refresh(rows, copy.last_seq())
        copy.clear()
        rows = self._fetch(copy)
        wrong = _difference(self.server.tallies(), copy.tallies())
        if wrong:
            raise StoreError(
                f"the facts on the server are not what it has on record: {wrong}. Something else has changed the graph;"
                " `graphfraud check` looks it over, and a backup or loading the files into an empty database mends it"
            )
        return Refresh(rows, copy.last_seq(), why)

    def verify(self) -> str:
        """What the server has that is not as it was loaded, in words; empty if all is well. O(rows) on the server."""
        return _difference(self.server.tallies(), self.server.counted(), "graph")

    def _opened(self) -> tuple[Copy, str]:
        """The copy, and why it had to be thrown away."""
        if self._copy is not None:
            return self._copy, ""
        why = ""
        try:
            self._copy = self._open_copy(False)
        except StoreBusy:
            raise
        except StoreError as exc:
            why = f"the copy could not be opened: {exc}"
            self._copy = self._open_copy(True)
        return self._copy, why

    def _fetch(self, copy: Copy) -> dict[str, int]:
        """Loads newer than the copy."""
        since = copy.last_seq()
        new = self.server.export(EVER, since_seq=since)
        return copy.take(new) if new.max_ingest_seq > since else {}

    def write(self, facts: Facts) -> WriteReport:
        """See GraphStore."""
        return self.server.write(facts)

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        """See GraphStore. Everything: from the copy, refreshed; what is new since a load: from the server."""
        if since_seq is not None:
            return self.server.export(as_of, since_seq)
        self.refresh()
        copy, _ = self._opened()
        return replace(copy.export(as_of), missing=self.server.export(as_of).missing)

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
        """See GraphStore."""
        return self.server.expand(accounts, direction, window, limits)

    def shared(self, accounts: Sequence[str], limits: HopLimits) -> Hop:
        """See GraphStore."""
        return self.server.shared(accounts, limits)

    def write_findings(self, run: RunRecord, tables: Mapping[str, pa.Table]) -> None:
        """See GraphStore."""
        self.server.write_findings(run, tables)

    def stats(self) -> StoreStats:
        """See GraphStore."""
        return self.server.stats()

    def close(self) -> None:
        """Release the server and the copy."""
        try:
            if self._copy is not None:
                self._copy.close()
        finally:
            self._copy = None
            self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _difference(server: Tallies, copy: Tallies, name: str = "copy") -> str:
    """The first load in which they differ, in words; empty if they agree."""
    for table in sorted(server.keys() | copy.keys()):
        ours, theirs = copy.get(table, {}), server.get(table, {})
        for seq in sorted(ours.keys() | theirs.keys()):
            if ours.get(seq) != theirs.get(seq):
                here, there = ours.get(seq, (0, 0)), theirs.get(seq, (0, 0))
                return (
                    f"of load {seq} of {table} the {name} has {here[0]:,} rows with checksum {here[1]}, the server has"
                    f" on record {there[0]:,} with {there[1]}"
                )
    return ""
