"""The stores that the contract suite runs on. A store that joins the project joins this list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import neo4j_kit

from graphfraud.core.facts import Facts, WriteReport
from graphfraud.settings import StoreSettings
from graphfraud.stores.base import GraphStore
from graphfraud.stores.embedded import EmbeddedStore
from graphfraud.stores.neo4j import Neo4jStore

RETENTION = 3


@dataclass(frozen=True)
class StoreKind:
    """How a test opens a store in a folder, and looks at the findings in it once it is closed.

    `findings(folder)` gives for every run kept its rows of `scores` as (account_id, score_e6), and the live scores.
    """

    name: str
    open: Callable[[Path], GraphStore]
    findings: Callable[[Path], tuple[dict[str, list[Any]], list[Any]]]


def _open_embedded(folder: Path) -> GraphStore:
    return EmbeddedStore(folder / "store.duckdb", StoreSettings(lock_wait_s=0, memory_mb=256), RETENTION)


def _embedded_findings(folder: Path) -> tuple[dict[str, list[Any]], list[Any]]:
    with duckdb.connect(str(folder / "store.duckdb"), read_only=True) as db:
        runs = db.execute("SELECT run_id, number FROM runs").fetchall()
        tables = {row[0] for row in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        kept = {int(t.rpartition("__")[2]) for t in tables if "__" in t}
        assert kept == {number for _, number in runs}, "findings tables of runs that are no longer there"
        query = "SELECT account_id, score_e6 FROM {} ORDER BY account_id"
        return (
            {run: db.execute(query.format(f"scores__{number}")).fetchall() for run, number in runs},
            db.execute(query.format("live_scores")).fetchall(),
        )


def _open_neo4j(folder: Path) -> GraphStore:
    """A graph of the folder's own: the one of another folder is removed first."""
    neo4j_kit.claim(folder)
    return Neo4jStore(neo4j_kit.settings(), RETENTION, lock_wait_s=0)


def _neo4j_findings(folder: Path) -> tuple[dict[str, list[Any]], list[Any]]:
    neo4j_kit.claim(folder)
    kept: dict[str, list[Any]] = {}
    scores = "MATCH (r:Run {number: $n})<-[s:ASSESSED_IN]-(a) RETURN a.id, s.score_e6 ORDER BY a.id"
    runs = neo4j_kit.query("MATCH (r:Run) RETURN r.id, r.number, r.state, EXISTS { (:Live)-[:SHOWS]->(r) }")
    assert {state for _, _, state, _ in runs} == {"whole"}, "findings of runs that are no longer there"
    for run, number, _, _ in runs:
        kept[run] = neo4j_kit.query(scores, n=number)
    return kept, next(kept[run] for run, _, _, shown in runs if shown)


class _Packing(Neo4jStore):
    """Packs statements after every load, not only with the findings."""

    def write(self, facts: Facts) -> WriteReport:
        report = super().write(facts)
        self.pack()
        return report


def _open_packing(folder: Path) -> GraphStore:
    neo4j_kit.claim(folder)
    return _Packing(neo4j_kit.settings(), RETENTION, lock_wait_s=0)


STORES = [StoreKind("embedded", _open_embedded, _embedded_findings), StoreKind("neo4j", _open_neo4j, _neo4j_findings)]
#: The stores, and the one whose live traces read packed statements: for what `expand` answers.
READ = [*STORES, StoreKind("neo4j", _open_packing, _neo4j_findings)]
