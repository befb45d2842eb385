"""One process at a time writes to a graph: who, and whether it still lives.

A process that opens the store keeps an empty transaction open whose metadata is its token; the server ends it when the
connection goes, so also after kill −9. The node `Store` names the token that has the store. Another process may take
it when that token is among no running transaction. The last statement of every load (`write/load_finish`) checks the
token: a process that has lost the store, because the server restarted and somebody else took it, cannot finish.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from contextlib import suppress

from neo4j import Session as DriverSession
from neo4j import Transaction
from neo4j.exceptions import DriverError, Neo4jError

from graphfraud.errors import StoreBusy
from graphfraud.stores.neo4j.session import Session, rows

POLL_S = 0.1
GRACE_S = 1  # in which the server notices that a process has gone


class Lock:
    """The right to write, held from `take` to `release`."""

    def __init__(self, session: Session) -> None:
        self.token = secrets.token_hex(8)
        self._session = session
        self._presence: Transaction | None = None
        self._line: DriverSession | None = None

    def take(self, wait_s: float) -> None:
        """Raises StoreBusy naming the process that has the store after `wait_s`."""
        with self._session.mapped("taking the store"):
            self._line = self._session.open()
            self._presence = self._line.begin_transaction(metadata={"graphfraud": self.token}, timeout=0)
            self._presence.run("RETURN 1").consume()
        end = time.monotonic() + max(wait_s, GRACE_S)
        while holder := self._session.managed(self._try, "taking the store"):
            if time.monotonic() >= end:
                raise StoreBusy(
                    f"the store {self._session.settings.uri} is in use by {holder}; waited {wait_s:.0f} s for it"
                    " (setting store.lock_wait_s). Wait until it has finished and run the command again"
                )
            time.sleep(POLL_S)

    def release(self) -> None:
        """Let the next one in: the token no longer lives. Can be called again; silent when the server is away."""
        for part in (self._presence, self._line):
            with suppress(Neo4jError, DriverError, OSError):
                if part is not None:
                    part.close()
        self._presence = self._line = None

    def _try(self, tx: Transaction) -> str:
        """Take the store; the holder where there is one."""
        (held,) = rows(tx, "write/store_take", token=self.token)
        (alive,) = rows(tx, "write/store_alive")
        if held["token"] is not None and held["token"] != self.token and held["token"] in alive["tokens"]:
            where = "" if held["host"] == socket.gethostname() else f" on {held['host']}"
            return f"process {held['pid']}{where} (`{held['command']}`)"
        own = {"pid": os.getpid(), "command": _command(), "host": socket.gethostname()}
        rows(tx, "write/store_own", token=self.token, **own)
        return ""


def _command() -> str:
    """The command as it may be shown to others: its name and first word, no arguments."""
    words = [os.path.basename(sys.argv[0] or "python"), *(a for a in sys.argv[1:] if a.isalpha())]
    return " ".join(words[:2])
