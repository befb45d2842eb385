"""The FinBench benchmark in a database of its own: loaded once, asked by the statements `read/finbench_*`.

`(:Account {id, blocked})-[:TRANSFER|WITHDRAW {at, amount}]->(:Account)`, `(:Person|Company {id})-[:OWNS]->(:Account)`,
`(:Medium {id, kind, blocked})-[:SIGNED_IN {at}]->(:Account)`, `(:Loan {id, amount, balance})-[:DEPOSIT]->(:Account)
-[:REPAY]->(:Loan)`; times UTC µs, amounts minor units. One node `FinBench` says which tables are there, whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, Self

from graphfraud.errors import StoreError
from graphfraud.settings import Neo4jSettings
from graphfraud.stores.neo4j.library import load
from graphfraud.stores.neo4j.session import Session


class Rows(Protocol):
    """Rows of a table; a slice is a list of lists."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> list[list[Any]]: ...


SAMPLING_S = 60
#: told the table, rows written, rows in all
Watch = Callable[[str, int, int | None], None]


class FinbenchGraph:
    """A database that holds the benchmark, or nothing yet."""

    def __init__(self, settings: Neo4jSettings) -> None:
        """Raises StoreBusy, and StoreError where the database holds something else."""
        self.degree = 0
        self._session = Session(settings)
        try:
            if self._mark()["other"]:
                raise StoreError(
                    f"database {settings.database} at {settings.uri} holds something else than the benchmark; its facts"
                    " are not mixed with others. Name an empty one (GRAPHFRAUD_NEO4J_URI, GRAPHFRAUD_NEO4J__DATABASE)"
                )
        except BaseException:
            self.close()
            raise

    def _mark(self) -> Mapping[str, Any]:
        return self._session.read("read/finbench_mark", "looking into the database")[0]

    def fill(self, digest: str, degree: int, tables: Iterable[tuple[str, Rows]], watch: Watch) -> bool:
        """Load tables under the names of their statements, unless just these are there, whole; False then.

        `digest` tells the tables from others, `degree` is the most links of an account. Raises StoreError.
        About 20,000 rows a second. What is there of another benchmark, or of a load that was cut off, goes first.
        """
        self.degree = degree
        found = self._mark()
        if found["digest"] == digest:
            return False
        if found["digest"] is not None or found["degree"] is not None:
            self._session.implicit(load("load/finbench_clear").text, "removing the benchmark")
        for text in load("load/finbench_prepare").statements:
            self._session.implicit(text, "preparing the database")
        self._session.write("load/finbench_mark", "marking the database", digest=None, degree=degree)
        for name, rows in tables:
            self._write(name, rows, watch)
        self._session.write("load/finbench_ready", "sampling the indexes", seconds=SAMPLING_S)
        self._session.write("load/finbench_mark", "marking the database", digest=digest, degree=degree)
        return True

    def _write(self, name: str, rows: Rows, watch: Watch) -> None:
        size = self._session.settings.batch_rows
        for start in range(0, len(rows), size):
            watch(name, start, len(rows))
            self._session.write(f"load/finbench_{name}_create", f"loading {name}", rows=rows[start : start + size])

    def ask(self, name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of the statement `read/finbench_<name>`."""
        found = self._session.ask(f"read/finbench_{name}", f"read {name}", **parameters)
        return [tuple(record.values()) for record in found]

    def close(self) -> None:
        """Close the connection. Can be called again."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
