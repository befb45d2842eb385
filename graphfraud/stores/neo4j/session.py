"""The connection to the server: managed transactions, driver errors mapped, supported versions."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    NotificationMinimumSeverity,
    Query,
    Record,
    Transaction,
)
from neo4j import Session as DriverSession
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DatabaseUnavailable,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graphfraud.errors import FormatVersionError, StoreBusy, StoreError
from graphfraud.settings import Neo4jSettings
from graphfraud.stores.neo4j.library import load

logging.getLogger("neo4j").addHandler(logging.NullHandler())  # its warnings are for those who ask for logs
T = TypeVar("T")
FETCH_ROWS = 5_000  # rows the server sends ahead
CONNECT_S = 5
_MEMORY = ("MemoryPoolOutOfMemoryError", "TransactionOutOfMemoryError", "OutOfMemoryError")
_AWAY = (ServiceUnavailable, SessionExpired, DatabaseUnavailable)


class Session:
    """Transactions on the database of a server. Every statement comes from the library, values go as parameters."""

    def __init__(self, settings: Neo4jSettings) -> None:
        """Connects. Raises StoreBusy if the server is away, StoreError, FormatVersionError for its version."""
        self.settings = settings
        self._driver: Driver | None = None
        self._bookmarks = GraphDatabase.bookmark_manager()  # a later transaction sees what an earlier one wrote
        with self.mapped("connecting", ValueError):
            self._driver = GraphDatabase.driver(
                settings.uri,
                auth=(settings.user, settings.password.get_secret_value()),
                notifications_min_severity=NotificationMinimumSeverity.OFF,
                connection_timeout=CONNECT_S,
                user_agent="graphfraud",
            )
        try:
            with self.mapped("connecting"):
                self._check_version(self.driver.get_server_info().agent)
        except BaseException:
            self.close()
            raise

    @property
    def driver(self) -> Driver:
        if self._driver is None:
            raise StoreError(f"the store {self.settings.uri} has been closed; read an export before closing it")
        return self._driver

    def read(self, name: str, doing: str = "reading", /, **parameters: Any) -> list[Record]:
        """The rows of a statement of the library."""
        return self.managed(lambda tx: rows(tx, name, **parameters), doing, READ_ACCESS)

    def ask(self, name: str, doing: str = "reading", /, **parameters: Any) -> list[Record]:
        """As `read`, in one round trip: the statement is a transaction of its own that the server opens and ends."""
        return self._again(lambda: self._alone(name, parameters), doing)

    def _alone(self, name: str, parameters: dict[str, Any]) -> list[Record]:
        with self.open(READ_ACCESS) as session:
            return list(session.run(Query(load(name).text, timeout=self.settings.query_timeout_s), parameters))

    def write(self, name: str, doing: str = "writing", /, **parameters: Any) -> list[Record]:
        """The rows of a statement of the library that changes the graph, in a transaction of its own."""
        return self.managed(lambda tx: rows(tx, name, **parameters), doing)

    def managed(self, work: Callable[[Transaction], T], doing: str, access: str = WRITE_ACCESS) -> T:
        """Run `work` in one transaction; again while the server is away or another transaction is in its way.

        As the driver's own managed transactions, but what needs too much memory is not tried again: some of that shows
        only when the transaction is kept. `work` must change nothing but the graph.
        """
        return self._again(lambda: self._once(work, access), doing)

    def _again(self, once: Callable[[], T], doing: str) -> T:
        """Do it, again while the server is away or another transaction is in the way."""
        end = time.monotonic() + self.settings.retry_s
        with self.mapped(doing):
            for pause in _pauses():
                try:
                    return once()
                except (Neo4jError, DriverError) as exc:
                    if not exc.is_retryable() or is_memory(exc) or time.monotonic() + pause > end:
                        raise
                time.sleep(pause)
        raise AssertionError("the pauses have no end")

    def _once(self, work: Callable[[Transaction], T], access: str) -> T:
        with self.open(access) as session, session.begin_transaction(timeout=self.settings.query_timeout_s) as tx:
            done = work(tx)
            tx.commit()
            return done

    def implicit(self, text: str, doing: str) -> None:
        """A statement that cannot be in a transaction with others: a change of the schema."""
        with self.mapped(doing), self.open() as session:
            session.run(text).consume()

    def open(self, access: str = WRITE_ACCESS) -> DriverSession:
        return self.driver.session(
            database=self.settings.database,
            default_access_mode=access,
            fetch_size=FETCH_ROWS,
            bookmark_manager=self._bookmarks,
        )

    @contextmanager
    def mapped(self, doing: str, *more: type[Exception]) -> Iterator[None]:
        """Turn what the driver and the server report (and `more`) into StoreError and StoreBusy."""
        kinds: tuple[type[Exception], ...] = (Neo4jError, DriverError, OSError, *more)
        try:
            yield
        except kinds as exc:
            raise self._explained(exc, doing) from exc

    def close(self) -> None:
        """Close the connections. Can be called again."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def _check_version(self, agent: str) -> None:
        found = agent.partition("/")[2]
        low, high = self.settings.min_version, self.settings.below_version
        if not _version(low) <= _version(found) < _version(high):
            raise FormatVersionError(
                f"the server at {self.settings.uri} is {agent}; graphfraud uses Neo4j from {low} to below {high}"
                " (settings neo4j.min_version and neo4j.below_version)"
            )

    def _out_of_memory(self, doing: str) -> StoreError:
        return StoreError(
            f"{doing} needs more memory than the server at {self.settings.uri} gives one transaction; nothing of it was"
            " kept. Lower neo4j.batch_rows, or raise db.memory.transaction.max and the heap on the server"
        )

    def _explained(self, exc: Exception, doing: str) -> StoreError:
        """The error of ours for one of the driver's."""
        uri, user, code = self.settings.uri, self.settings.user, getattr(exc, "code", None) or ""
        if isinstance(exc, AuthError) or "AuthenticationRateLimit" in code:
            return StoreError(
                f"the server at {uri} does not let user {user} in: {_short(exc)}. The user is in neo4j.user or"
                " GRAPHFRAUD_NEO4J_USER, the password in GRAPHFRAUD_NEO4J_PASSWORD"
            )
        if isinstance(exc, IncompleteCommit):
            return StoreBusy(
                f"the connection to {uri} broke while {doing} was being kept; it may or may not have been."
                " Run the command again: what is there already is not written twice"
            )
        if isinstance(exc, _AWAY):
            return StoreBusy(
                f"the server at {uri} cannot be reached ({doing}): {_short(exc)}. Tried for up to"
                f" {self.settings.retry_s} s (neo4j.retry_s). Is it running? `make neo4j` starts one; the address is"
                " neo4j.uri or GRAPHFRAUD_NEO4J_URI. Run the command again when it answers"
            )
        if isinstance(exc, Neo4jError):
            return self._of_server(exc, doing, code)
        if isinstance(exc, (ConfigurationError, ValueError)):
            return StoreError(f"neo4j.uri = {uri} is no address of a server: {_short(exc)}")
        return StoreError(f"{doing} failed on the way to {uri}: {_short(exc)}")

    def _of_server(self, exc: Neo4jError, doing: str, code: str) -> StoreError:
        uri, database = self.settings.uri, self.settings.database
        if is_memory(exc):
            return self._out_of_memory(doing)
        if "TransactionTimedOut" in code:
            return StoreError(
                f"{doing} took longer than {self.settings.query_timeout_s} s (neo4j.query_timeout_s) and was stopped"
                f" by the server at {uri}; nothing of it was kept. Ask for less, or raise the setting"
            )
        if "ReadOnly" in code or "read-only" in str(exc) or "AccessMode" in code:
            return StoreError(
                f"database {database} of the server at {uri} is read-only: {doing} is not possible."
                " Make it writable (server.databases.default_to_read_only, server.databases.read_only)"
            )
        if "TransactionLogError" in code or "critical error" in str(exc):
            return StoreError(
                f"the server at {uri} cannot write to its disk ({doing}): {_short(exc)}. Is the disk full? Make room,"
                " restart the server (its debug.log says why if it does not come back) and run the command again"
            )
        if "DatabaseNotFound" in code:
            return StoreError(f"there is no database {database} on the server at {uri}; neo4j.database names it")
        return StoreError(f"{doing} failed on the server at {uri}: {_short(exc)} [{code}]")


def rows(tx: Transaction, name: str, /, **parameters: Any) -> list[Record]:
    """All rows of a statement of the library, in this transaction."""
    return list(tx.run(load(name).text, parameters))


def is_memory(exc: Exception) -> bool:
    """Whether a transaction went over its memory."""
    code = getattr(exc, "code", None) or ""
    return any(word in code for word in _MEMORY)


def _pauses() -> Iterator[float]:
    """Seconds between attempts: doubling up to five, with chance so that two who collide do not collide again."""
    pause = 0.25
    while True:
        yield pause * random.uniform(0.8, 1.2)
        pause = min(5.0, 2 * pause)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", text)[:3])


def _short(exc: Exception) -> str:
    """What the driver says, without its advice, in one line."""
    text = getattr(exc, "message", None) or str(exc)
    return " ".join(text.split())[:300]
