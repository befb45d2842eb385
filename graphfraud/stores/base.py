"""The GraphStore protocol: what graphfraud asks of a system of record. Neutral: imports no driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import pyarrow as pa

from graphfraud.core.facts import Facts, FactTables, WriteReport

Direction = Literal["out", "in", "both"]


@dataclass(frozen=True)
class Window:
    """Half-open window of event time [start, end), UTC microseconds."""

    start: int
    end: int


@dataclass(frozen=True)
class HopLimits:
    """Bounds of one hop. An account with more than `max_degree` rows is a hub: reported, not crossed."""

    min_amount: int = 0  # minor units
    max_degree: int = 5_000  # transfers an account may have in the window before it counts as a hub
    as_of: int | None = None  # only facts known at this time; None: everything stored


@dataclass(frozen=True)
class Hop:
    """Answer of `expand` and `shared`: the rows, and the hubs that were left out with their row count."""

    rows: pa.Table
    hubs: dict[str, int]


@dataclass(frozen=True)
class StoreStats:
    """Row counts per table, the ingest clock, the format version and the run whose findings are live."""

    rows: dict[str, int]
    max_ingest_seq: int
    max_known_at: dict[str, int | None]
    format_version: int
    live_run: str | None


@dataclass(frozen=True)
class RunRecord:
    """Identity of a run whose findings are written."""

    run_id: str
    as_of: int
    findings_hash: str


class GraphStore(Protocol):
    """A system of record for facts. Every call is atomic; `write` is idempotent.

    Errors: `StoreBusy` when another process holds the store, `FormatVersionError` when it was written by an
    incompatible version, `StoreError` for anything the driver reports (`from exc`).
    """

    def write(self, facts: Facts) -> WriteReport:
        """Insert the rows that are not there yet, by row_id; same row_id with another content_hash is a conflict."""
        ...

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        """Every fact with known_at ≤ as_of (and ingest_seq > since_seq if given), raw, sorted by row_id."""
        ...

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
        """One batched hop: the transfers of these accounts in the window, ordered by (time, txn_id)."""
        ...

    def shared(self, accounts: Sequence[str], limits: HopLimits) -> Hop:
        """Identifier rows of other accounts that share an identifier with these, ordered by (kind, value, account)."""
        ...

    def write_findings(self, run: RunRecord, tables: Mapping[str, pa.Table]) -> None:
        """Stage the findings of a run, make them live in one switch, prune older runs."""
        ...

    def stats(self) -> StoreStats:
        """Counts and clocks; cheap."""
        ...

    def close(self) -> None:
        """Release the store."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
