"""One batched hop over the stored facts, for interactive queries on the system of record."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from graphfraud.core.schemas import IDENTIFIERS, TRANSFERS
from graphfraud.core.sql import Sql, sql
from graphfraud.stores.base import Direction, Hop, HopLimits, Window
from graphfraud.stores.embedded.schema import columns
from graphfraud.stores.embedded.session import Session
from graphfraud.stores.embedded.statements import statements

_EVER = (1 << 63) - 1
_SIDES: dict[Direction, tuple[str, ...]] = {"out": ("payer",), "in": ("payee",), "both": ("payer", "payee")}

_ASKED = "CREATE OR REPLACE TEMP TABLE asked AS SELECT DISTINCT unnest(?::VARCHAR[]) AS account"
_HIT = "CREATE OR REPLACE TEMP TABLE hit AS SELECT DISTINCT place, account FROM ({sides})"
_SIDE = """
    SELECT t.rowid AS place, t.{side} AS account FROM transfers t SEMI JOIN asked a ON a.account = t.{side}
    WHERE t.time >= ? AND t.time < ? AND t.amount >= ? AND t.known_at <= ?
"""
_BUSY = "SELECT account, count(*) AS n FROM hit GROUP BY account HAVING n > ? ORDER BY account"
_ROWS = """
    WITH wanted AS (SELECT place FROM hit WHERE account NOT IN (SELECT unnest(?::VARCHAR[])))
    SELECT {names} FROM transfers t SEMI JOIN wanted w ON w.place = t.rowid
    ORDER BY time, txn_id NULLS FIRST, row_id
"""
#: identifiers of the accounts asked for: how many of these have it (and one of them), how many accounts have it at all
_HELD = """
    CREATE OR REPLACE TEMP TABLE held AS
    WITH mine AS (
        SELECT kind, value, min(i.account_id) AS one, count(DISTINCT i.account_id) AS asked_for
        FROM identifiers i SEMI JOIN asked a ON a.account = i.account_id WHERE known_at <= ?
        GROUP BY kind, value)
    SELECT m.kind, m.value, m.one, m.asked_for, count(DISTINCT i.account_id) AS accounts
    FROM mine m JOIN identifiers i USING (kind, value) WHERE i.known_at <= ?
    GROUP BY m.kind, m.value, m.one, m.asked_for
"""
_WIDE = "SELECT kind || ':' || value AS hub, accounts FROM held WHERE accounts > ? ORDER BY hub"
_USES = """
    SELECT {names} FROM identifiers i JOIN held h USING (kind, value)
    WHERE i.known_at <= ? AND h.accounts <= ? AND (h.asked_for > 1 OR i.account_id <> h.one)
    ORDER BY i.kind, i.value, i.account_id, i.row_id
"""


def expand(session: Session, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
    """See `GraphStore.expand`. One scan of the time and account columns, whatever the number of accounts."""
    if limits.statements is not None:
        return statements(session, accounts, window, limits, limits.statements)
    sides = [sql(_SIDE, side=side) for side in _SIDES[direction]]
    values = [window.start, window.end, limits.min_amount, _known(limits)]
    with session.transaction("expanding accounts") as db:
        db.execute(_ASKED, [list(accounts)])
        db.execute(sql(_HIT, sides=Sql(" UNION ALL ".join(sides))), values * len(sides))
        hubs = db.execute(_BUSY, [limits.max_degree]).fetchall()
        names = [account for account, _ in hubs]
        rows = db.sql(sql(_ROWS, names=columns(TRANSFERS)), params=[names]).to_arrow_table()
    return _hop(rows, TRANSFERS.schema, hubs)


def shared(session: Session, accounts: Sequence[str], limits: HopLimits) -> Hop:
    """See `GraphStore.shared`. Three scans of the identifier rows, whatever the number of accounts."""
    known = _known(limits)
    uses = sql(_USES, names=[f"i.{name}" for name in columns(IDENTIFIERS)])
    with session.transaction("looking up shared identifiers") as db:
        db.execute(_ASKED, [list(accounts)])
        db.execute(_HELD, [known, known])
        hubs = db.execute(_WIDE, [limits.max_degree]).fetchall()
        rows = db.sql(uses, params=[known, limits.max_degree]).to_arrow_table()
    return _hop(rows, IDENTIFIERS.schema, hubs)


def _known(limits: HopLimits) -> int:
    return _EVER if limits.as_of is None else limits.as_of


def _hop(rows: pa.Table, schema: pa.Schema, hubs: list[tuple[str, int]]) -> Hop:
    return Hop(rows.cast(schema), {name: int(count) for name, count in hubs})
