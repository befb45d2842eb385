"""One statement of the library for an investigator: read only, within a time and a number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neo4j import READ_ACCESS, Transaction
from neo4j.exceptions import Neo4jError

from graphfraud.core.query import Budget, Found
from graphfraud.errors import StoreError
from graphfraud.stores.neo4j import schema
from graphfraud.stores.neo4j.library import load
from graphfraud.stores.neo4j.session import Session, is_memory, rows


def run(
    session: Session, name: str, parameters: Mapping[str, Any], budget: Budget, accounts: Sequence[str] = ()
) -> Found:
    """The rows of a statement, at most `budget.rows`. `$seen` and `$limit` are given here.

    `accounts` are those that the caller asks for: which of them are unknown is told where nothing is found.
    Raises StoreBusy, and StoreError where it takes more than the budget or the server's memory, or where the database
    has no graph of graphfraud with all its indexes.
    """
    doing = f"query {name.partition('/')[2]}"
    access: dict[str, Any] = {"default_access_mode": READ_ACCESS, "database": session.settings.database}
    with session.mapped(doing), session.driver.session(**access) as line:
        try:
            with line.begin_transaction(timeout=budget.seconds) as tx:
                seen = _seen(session, tx)
                result = tx.run(load(name).text, {**parameters, "seen": seen, "limit": budget.rows + 1})
                found = [tuple(record.values()) for record in result]
                unknown = () if found else _unknown(tx, accounts)
                return Found(tuple(result.keys()), found[: budget.rows], len(found) > budget.rows, seen, unknown)
        except Neo4jError as exc:
            if "TransactionTimedOut" in (exc.code or ""):
                limit = f"took longer than {budget.seconds:g} s and was stopped. Give it more time (--timeout)"
            elif is_memory(exc):
                limit = "needs more memory than db.memory.transaction.max of the server allows. Raise that there"
            else:
                raise
            raise _beyond(doing, limit) from exc


def _unknown(tx: Transaction, accounts: Sequence[str]) -> tuple[str, ...]:
    return tuple(rows(tx, "read/store_unknown", accounts=list(accounts))[0]["unknown"]) if accounts else ()


def _seen(session: Session, tx: Transaction) -> int:
    """The last finished load, of a graph that has its indexes. Raises StoreError where it has not."""
    found = [int(row["seen"]) for row in rows(tx, "read/store_seen")]
    if not found:
        raise StoreError(
            f"database {session.settings.database} at {session.settings.uri} holds no graph of graphfraud:"
            " `graphfraud init DIR --store neo4j` prepares it, `graphfraud ingest` loads facts"
        )
    schema.demand(session, rows(tx, "read/store_names")[0]["names"])
    return found[0]


def _beyond(doing: str, limit: str) -> StoreError:
    less = "a shorter time window, a greater smallest amount, fewer hops, a smaller max_degree"
    return StoreError(f"{doing} {limit}, or ask for less: {less}")
