"""One statement of the library for an investigator: read only, within a time and a number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neo4j import READ_ACCESS, Transaction
from neo4j.exceptions import Neo4jError

from graphfraud.core.query import Budget, Found
from graphfraud.errors import StoreError
from graphfraud.stores.neo4j.library import load
from graphfraud.stores.neo4j.session import Session, rows


def run(
    session: Session, name: str, parameters: Mapping[str, Any], budget: Budget, accounts: Sequence[str] = ()
) -> Found:
    """The rows of a statement, at most `budget.rows`. `$seen` and `$limit` are given here.

    `accounts` are those that the caller asks for: which of them are unknown is told where nothing is found.
    Raises StoreError where it takes longer than the budget or the database has no graph of graphfraud; StoreBusy.
    """
    doing = f"query {name.partition('/')[2]}"
    access: dict[str, Any] = {"default_access_mode": READ_ACCESS, "database": session.settings.database}
    with session.mapped(doing), session.driver.session(**access) as line:
        try:
            with line.begin_transaction(timeout=budget.seconds) as tx:
                return _found(tx, name, parameters, budget, accounts)
        except Neo4jError as exc:
            if "TransactionTimedOut" in (exc.code or ""):
                raise _too_long(doing, budget) from exc
            if "IndexNotFound" in (exc.code or ""):
                raise StoreError(
                    f"{doing} needs an index that the graph at {session.settings.uri} lacks:"
                    " `graphfraud init DIR --store neo4j` in the workspace makes it again"
                ) from exc
            raise


def _found(tx: Transaction, name: str, parameters: Mapping[str, Any], budget: Budget, accounts: Sequence[str]) -> Found:
    seen = [row["seen"] for row in rows(tx, "read/store_seen")]
    if not seen:
        raise StoreError(
            "the database holds no graph of graphfraud: `graphfraud init DIR --store neo4j` prepares it,"
            " `graphfraud ingest` loads facts"
        )
    result = tx.run(load(name).text, {**parameters, "seen": seen[0], "limit": budget.rows + 1})
    columns, found = tuple(result.keys()), [tuple(record.values()) for record in result]
    unknown = rows(tx, "read/store_unknown", accounts=list(accounts))[0]["unknown"] if accounts and not found else ()
    return Found(columns, found[: budget.rows], len(found) > budget.rows, seen[0], tuple(unknown))


def _too_long(doing: str, budget: Budget) -> StoreError:
    return StoreError(
        f"{doing} took longer than {budget.seconds:g} s and was stopped by the server. Give it more time (--timeout),"
        " or ask for less: a shorter time window, a greater smallest amount, fewer hops, a smaller max_degree"
    )
