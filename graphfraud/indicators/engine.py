"""What indicators run on: views of the effective facts, the lots, and the tables that indicators share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.value.constant import LongValue

from graphfraud.core.snapshot import F64, Snapshot
from graphfraud.core.workdays import corrections
from graphfraud.errors import GraphFraudError
from graphfraud.indicators.definition import parameters
from graphfraud.indicators.library import shared_table
from graphfraud.indicators.travel import trips
from graphfraud.indicators.window import look
from graphfraud.settings import Settings

FACTS = ("accounts", "cards", "transfers", "cash", "identifiers", "referrals", "sanctions")
WINDOW = ("recent", "by_workday", "by_day", "lots", "flows")
SHARED = ("macros", "subjects", "moves", "uses", "holders_of", "shared_identifiers")
MEMORY_MB = 1_280


class Engine:
    """A DuckDB connection in memory with everything indicators read. Use `opened`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, busy: int, tables: frozenset[str]) -> None:
        self.connection = connection
        self.busy = busy  # accounts left out of the window
        self.tables = tables  # beside the facts and the shared tables

    def rows(self, sql: str, values: Mapping[str, int]) -> pa.Table:
        """Result of a query, given those of `values` that it names. Raises GraphFraudError."""
        wanted = _bound(sql, values)
        try:
            return self.connection.sql(sql, params=wanted).to_arrow_table()
        except duckdb.Error as exc:
            raise GraphFraudError(f"an indicator query failed: {exc}") from exc

    def one(self, sql: str) -> int:
        """The single number a query returns."""
        return int(self.rows(sql, {}).column(0)[0].as_py())

    def prepare(self, name: str, values: Mapping[str, int]) -> None:
        """Run `tables/<name>.sql`."""
        sql = shared_table(name)
        for statement in self.connection.extract_statements(sql):
            self.connection.execute(statement.query, _bound(statement.query, values))


def _bound(sql: str, values: Mapping[str, int]) -> dict[str, LongValue]:
    """The parameters a query names, all as BIGINT so that no product of them overflows early."""
    return {name: LongValue(values[name]) for name in parameters(sql)}


@dataclass(frozen=True)
class Earlier:
    """What earlier stages found; what they did not, no indicator can use.

    lineage: per account, share of inflow that descends from referred accounts. tables: findings `rings`, `layers`.
    """

    lineage: F64 | None = None
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


@contextmanager
def opened(facts: Path, snapshot: Snapshot, settings: Settings, earlier: Earlier, window_days: int) -> Iterator[Engine]:
    """An engine over the effective facts in a folder. Spills into a temporary folder."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{min(settings.store.memory_mb, MEMORY_MB)}MiB",
        "preserve_insertion_order": False,
    }
    if settings.store.threads:
        config["threads"] = settings.store.threads
    with tempfile.TemporaryDirectory(prefix="graphfraud-") as spill:
        config["temp_directory"] = spill
        window = look(snapshot, window_days)
        tables = {name: getattr(window, name) for name in WINDOW} | _given(snapshot, earlier)
        travelled = trips(snapshot, window_days)
        if travelled is not None:
            tables["trips"] = travelled
        with closing(duckdb.connect(":memory:", config=config)) as connection:
            for name, table in tables.items():
                connection.register(name, table)
            yield _filled(Engine(connection, window.busy, frozenset(tables)), facts, snapshot.as_of, settings)


def _filled(engine: Engine, facts: Path, as_of: int, settings: Settings) -> Engine:
    for name in FACTS:
        engine.connection.read_parquet(str(facts / f"{name}.parquet")).create_view(name)
    values = {"as_of": as_of, "max_holders": settings.links.max_holders_ring}
    engine.connection.execute("SET VARIABLE as_of = $as_of", {"as_of": LongValue(as_of)})
    known = corrections()
    engine.connection.execute("SET VARIABLE holidays = $before", {"before": known.before.tolist()})
    engine.connection.execute("SET VARIABLE first_holiday = $first", {"first": LongValue(known.first)})
    for name in SHARED:
        engine.prepare(name, values)
    _locked(engine.connection, facts)
    return engine


def _locked(connection: duckdb.DuckDBPyConnection, facts: Path) -> None:
    """From here on queries read these facts and nothing else of the machine, whoever wrote them."""
    connection.execute("SET allowed_directories = [$facts]", {"facts": str(facts)})
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _given(snapshot: Snapshot, earlier: Earlier) -> dict[str, pa.Table]:
    """Findings of earlier stages by account number: lineage (1e-6), ring_members, layers."""
    found = {}
    if earlier.lineage is not None:
        found["lineage"] = _lineage(earlier.lineage)
    for name, given, columns in (
        ("ring_members", "rings", ["ring_id", "loose"]),
        ("layers", "layers", ["layer", "assumed"]),
    ):
        if given in earlier.tables:
            table = earlier.tables[given]
            numbers = pc.index_in(table["account_id"].cast(pa.large_string()), value_set=snapshot.accounts.id.arrow())
            found[name] = table.select(columns).append_column("account", numbers)
    return found


def _lineage(share: F64) -> pa.Table:
    """Shares of lineage > 0 as integers in 1e-6."""
    account = np.flatnonzero(share > 0)
    return pa.table(
        {"account": account.astype(np.int32), "share_e6": np.rint(share[account] * 1_000_000).astype(np.int64)}
    )
