"""The Neo4j server of the tests: started once for all of them, or the one that GRAPHFRAUD_NEO4J_URI names.

Each worker has a server of its own, so each test has the graph for itself: `claim(folder)` empties it unless it is the
folder's already. A server that is given has one database: the first worker takes it, the others start their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from neo4j import Driver, GraphDatabase, NotificationMinimumSeverity
from neo4j_server import PASSWORD, URI, USER, Server, fetch

from graphfraud import settings as settings_module
from graphfraud.settings import Neo4jSettings
from graphfraud.stores.neo4j import schema
from graphfraud.stores.neo4j.library import Statement
from graphfraud.stores.neo4j.session import Session

_LABEL = "GraphfraudTests"  # marks a database that tests may empty


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """The server of the suite in the environment, for this process and those it starts."""
    if URI in os.environ and os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        yield
        return
    server = Server(folder / "neo4j", fetch()).start()
    os.environ.update(server.environment)
    try:
        yield
    finally:
        _driver.cache_clear()
        for name in server.environment:
            os.environ.pop(name, None)
        server.stop()


def settings(**more: Any) -> Neo4jSettings:
    """Settings of the server in the environment, with others in place."""
    found = settings_module.load().neo4j
    return Neo4jSettings(**found.model_dump() | {"password": found.password} | {"retry_s": 5} | more)


@cache
def _driver(uri: str) -> Driver:
    auth = (os.environ.get(USER, "neo4j"), os.environ[PASSWORD])
    return GraphDatabase.driver(uri, auth=auth, notifications_min_severity=NotificationMinimumSeverity.OFF)


def query(text: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Rows of a statement of a test's own."""
    with _driver(os.environ[URI]).session() as session:
        return [tuple(record.values()) for record in session.run(text, parameters)]


def claim(folder: Path) -> None:
    """The graph belongs to this folder now, empty if it was another's. Refuses a database that is not the tests'."""
    owner = query(f"MATCH (m:{_LABEL}) RETURN m.folder")
    if owner == [(str(folder),)]:
        return
    if not owner and query("MATCH (n) WHERE NOT n:Migration RETURN 1 LIMIT 1"):
        raise RuntimeError(f"{URI} names a database with data of others; tests need one that they may empty")
    clear()
    session = Session(settings())
    schema.prepare(session)
    session.close()
    query(f"CREATE (:{_LABEL} {{folder: $folder}})", folder=str(folder))


def clear() -> None:
    """Remove everything but the schema and what says that it is there."""
    query("MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS")
    query("MATCH (n) WHERE NOT n:Migration CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")


def plan(text: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The plan of a statement, which is not run."""
    with _driver(os.environ[URI]).session() as session:
        found: dict[str, Any] = session.run("EXPLAIN " + text, parameters).consume().plan
        return found


#: Operators that read more than was asked for, or hold a whole answer in memory before the next step.
COSTLY = re.compile(
    r"AllNodesScan|\w*LabelScan\w*|\w*LabelsScan\w*|\w*RelationshipTypes?Scan|\w*AllRelationshipsScan|\w*IndexScan|Eager"
)
_VALUES: dict[str, Any] = dict.fromkeys(("integer", "time", "amount"), 1) | {
    "string": "x",
    "float": 1.0,
    "boolean": True,
    "rows": [],
}


def costly(statement: Statement, values: dict[str, Any]) -> set[str]:
    """Costly operators in the plan of a statement of the library; parameters get a value of their type."""
    made = {p.name: [] if p.type.startswith("list") else _VALUES[p.type] for p in statement.parameters}
    return {o for o in _operators(plan(statement.text, made | values)) if COSTLY.fullmatch(o)}


def _operators(found: dict[str, Any]) -> list[str]:
    inner = [o for child in found.get("children", []) for o in _operators(child)]
    return [found["operatorType"].partition("@")[0], *inner]


@contextmanager
def emptied() -> Iterator[None]:
    """The database without anything, for what is no graph of graphfraud; empty again afterwards."""
    _nothing()
    try:
        yield
    finally:
        _nothing()
        for (name,) in query("SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'finbench_' RETURN name"):
            query(f"DROP CONSTRAINT {name}")


def _nothing() -> None:
    query("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
