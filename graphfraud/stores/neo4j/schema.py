"""Constraints and indexes, brought up to date by migrations that are recorded in the graph.

Each file of cypher/schema is one migration, numbered by its name. Its statements can be repeated, so a migration that
was cut off is simply run again; it is recorded once all its indexes are online.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator

from graphfraud.errors import FormatVersionError, StoreError
from graphfraud.stores.neo4j import library
from graphfraud.stores.neo4j.library import Statement
from graphfraud.stores.neo4j.session import Session

ONLINE_S = 3600
_NAMED = re.compile(r"CREATE (?:CONSTRAINT|INDEX) (\w+)")


def migrations() -> dict[int, Statement]:
    """The migrations of this version by number."""
    found = {int(name.partition("/")[2][:4]): library.load(name) for name in library.names("schema")}
    return dict(sorted(found.items()))


def format_version() -> int:
    """The newest migration of this version."""
    return max(migrations())


def prepare(session: Session, repair: bool = False) -> None:
    """Apply the migrations that the database lacks. With `repair`: make missing constraints and indexes again.

    Raises FormatVersionError if the database is newer than this version, was made by other migrations, or holds
    something else; StoreError naming a constraint or index that is missing.
    """
    done = {r["version"]: r["checksum"] for r in session.read("read/store_migrations", "reading the migrations")}
    if not done and not session.read("read/store_empty", "looking into the database")[0]["empty"]:
        raise FormatVersionError(
            f"database {session.settings.database} at {session.settings.uri} holds something else than a graph of"
            " graphfraud. Name an empty one (neo4j.uri, neo4j.database)"
        )
    _compare(session, done)
    for version, statement in migrations().items():
        if version not in done or repair:
            _apply(session, version, statement)
    demand(session, _online(session))


def _compare(session: Session, done: dict[int, str]) -> None:
    ours = migrations()
    newer = sorted(set(done) - set(ours))
    if newer:
        raise FormatVersionError(
            f"the graph at {session.settings.uri} has format {newer[-1]}; this version of graphfraud reads"
            f" {format_version()}. Use the version that made it, or load the files into an empty database"
        )
    changed = [v for v, checksum in done.items() if ours[v].checksum != checksum]
    if changed:
        raise FormatVersionError(
            f"migration {changed[0]} of the graph at {session.settings.uri} is not the one of this version of"
            " graphfraud. Use the version that made it, or load the files into an empty database"
        )


def _apply(session: Session, version: int, statement: Statement) -> None:
    for text in statement.statements:
        session.implicit(text, f"migration {version}")
    end = time.monotonic() + ONLINE_S
    while waiting := sorted(set(_names(statement)) - _online(session)):
        if time.monotonic() > end:
            raise StoreError(f"indexes are still being built after {ONLINE_S} s: {', '.join(waiting)}")
        time.sleep(0.05)
    name = statement.name.partition("/")[2]
    now = int(time.time() * 1e6)
    session.write("write/migration_done", version=version, name=name, checksum=statement.checksum, at=now)


def demand(session: Session, there: Collection[str]) -> None:
    """Raises StoreError naming the constraints and indexes of this version that are not among those that are there."""
    wanted = [name for statement in migrations().values() for name in _names(statement)]
    if missing := [name for name in wanted if name not in there]:
        raise StoreError(
            f"the graph at {session.settings.uri} lacks {', '.join(missing)} (constraints and indexes):"
            " `graphfraud init DIR --store neo4j` in the workspace makes them again"
        )


def _names(statement: Statement) -> Iterator[str]:
    return (found.group(1) for found in _NAMED.finditer(statement.text))


def _online(session: Session) -> set[str]:
    return set(session.read("read/store_names", "reading the schema")[0]["names"])
