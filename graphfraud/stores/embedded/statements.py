"""Statements of accounts for `expand`: everything that makes their balances."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.sql import sql
from graphfraud.stores.base import (
    MOVED,
    PAYMENT,
    TOLD,
    CashMove,
    Holding,
    Hop,
    HopLimits,
    Statement,
    Statements,
    Window,
)
from graphfraud.stores.embedded.session import Session

_EVER = (1 << 63) - 1
_NAMES = ("time", "amount", *TOLD)
_ASKED = """
    CREATE OR REPLACE TEMP TABLE asked AS
    SELECT * FROM (SELECT unnest($accounts::VARCHAR[]) AS account, unnest($until::BIGINT[]) AS until)
"""
#: the newest row of each account asked for
_NEWEST = """
    CREATE OR REPLACE TEMP TABLE newest AS
    SELECT v.* FROM accounts v SEMI JOIN asked a ON a.account = v.account_id WHERE v.known_at <= $as_of
    QUALIFY row_number() OVER (PARTITION BY v.account_id ORDER BY v.known_at DESC, v.row_id DESC) = 1
"""
_HIT = """
    CREATE OR REPLACE TEMP TABLE hit AS
    SELECT t.rowid AS place, a.account, t.time < a.until AND t.time >= $start AND t.amount >= $least
        AND t.known_at <= $as_of AS counts
    FROM transfers t JOIN asked a ON a.account = t.payer
    UNION ALL
    SELECT t.rowid, a.account, t.time < a.until AND t.time >= $start AND t.amount >= $least AND t.known_at <= $as_of
    FROM transfers t JOIN asked a ON a.account = t.payee AND t.payer <> t.payee
"""
_BUSY = "SELECT account, count(*) AS n FROM hit GROUP BY account HAVING n > ? ORDER BY account"
_SHUT = """
    CREATE OR REPLACE TEMP TABLE shut AS
    SELECT unnest(?::VARCHAR[]) AS account UNION SELECT account_id FROM newest WHERE pooled OR merchant
"""
_ROWS = """
    SELECT rowid AS row, {names} FROM transfers WHERE rowid IN (
        SELECT place FROM hit WHERE counts AND account NOT IN (SELECT account FROM shut))
"""
_THESE = "SELECT rowid AS row, {names} FROM transfers WHERE rowid IN (SELECT unnest(?::BIGINT[]))"
_NAMED = """
    SELECT rowid AS row, {names} FROM transfers
    WHERE row_id IN (SELECT unnest(?::VARCHAR[])) AND time < ? AND known_at <= ?
"""
_CASH = """
    SELECT {names} FROM cash SEMI JOIN asked a ON a.account = cash.account
    WHERE time >= $start AND time < $end AND known_at <= $as_of AND cash.account NOT IN (SELECT account FROM shut)
"""
_HOLDING = """
    WITH seen AS (
        SELECT account_id AS account FROM identifiers WHERE known_at <= $as_of
        UNION SELECT account FROM cash WHERE time >= $start AND time < $end AND known_at <= $as_of),
    numbers AS (
        SELECT account_id AS one, card_no AS other FROM accounts
        WHERE card_no <> '' AND card_no <> account_id AND known_at <= $as_of)
    SELECT a.account AS account_id, n.holder_type, n.pooled, n.merchant, n.bank, n.open_time, n.opening_balance,
        n.row_id IS NOT NULL AS stated, a.account IN (FROM seen) AS seen,
        a.account IN (SELECT one FROM numbers UNION SELECT other FROM numbers) AS other_number
    FROM asked a LEFT JOIN newest n ON n.account_id = a.account ORDER BY a.account
"""
_UNDONE = """
    SELECT r.row_id, r.reversal_of FROM transfers r
    WHERE r.reversal_of IN (SELECT coalesce(txn_id, row_id) FROM statement) AND r.time < $end AND r.known_at <= $as_of
        AND r.row_id NOT IN (SELECT row_id FROM statement) ORDER BY r.row_id
"""
_BANKS = """
    WITH newest AS (
        SELECT account_id, bank FROM accounts WHERE known_at <= $as_of
        QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY known_at DESC, row_id DESC) = 1)
    SELECT DISTINCT bank FROM newest WHERE bank IN (SELECT unnest($banks::VARCHAR[])) AND account_id IN (
        SELECT account_id FROM identifiers WHERE known_at <= $as_of
        UNION SELECT account FROM cash WHERE time < $end AND known_at <= $as_of)
"""


def statements(session: Session, accounts: Sequence[str], window: Window, limits: HopLimits, asked: Statements) -> Hop:
    """See `GraphStore.expand`. Two scans of the account columns, whatever the number of accounts."""
    known = {"as_of": _EVER if limits.as_of is None else limits.as_of}
    span = known | {"start": window.start, "end": window.end}
    if asked.rows or asked.serials:
        chosen, values = (
            (_THESE, [list(asked.rows)]) if asked.rows else (_NAMED, [list(asked.serials), window.end, known["as_of"]])
        )
        with session.transaction("reading payments") as db:
            rows = db.sql(sql(chosen, names=_NAMES), params=values).to_arrow_table()
        return Hop(_numbered(session, rows), {}, Statement())
    until = {a: min(window.end, asked.until.get(a, window.end)) for a in accounts}
    until |= {session.named[n]: min(window.end, end) for n, end in asked.numbers.items()}
    names = sorted(until)
    with session.transaction("reading statements") as db:
        db.execute(_ASKED, {"accounts": names, "until": [until[a] for a in names]})
        db.execute(_NEWEST, known)
        db.execute(_HIT, known | {"start": window.start, "least": limits.min_amount})
        hubs = {str(account): int(n) for account, n in db.execute(_BUSY, [limits.max_degree]).fetchall()}
        db.execute(_SHUT, [list(hubs)])
        rows = db.sql(sql(_ROWS, names=_NAMES)).to_arrow_table()
        cash = [CashMove._make(row) for row in db.sql(sql(_CASH, names=CashMove._fields), params=span).fetchall()]
        held = [Holding(session.number(row[0]), *row) for row in db.sql(_HOLDING, params=span).fetchall()]
        undone, banks = _beside(db, rows, asked, known | {"end": window.end})
    rows = _numbered(session, rows)
    return Hop(rows if asked.whole else _brief(rows, asked.signs), hubs, Statement(cash, held, undone, banks))


def _numbered(session: Session, rows: pa.Table) -> pa.Table:
    """Rows with the numbers of their accounts, in the columns of PAYMENT."""
    for side in ("payer", "payee"):
        codes = rows[side].combine_chunks().dictionary_encode()
        numbers = pa.array([session.number(a) for a in codes.dictionary.to_pylist()], pa.int64())
        rows = rows.append_column(f"{side}_no", numbers.take(codes.indices))
    return rows.select(PAYMENT.names).cast(PAYMENT)


def _brief(rows: pa.Table, signs: bool) -> pa.Table:
    """The columns MOVED; with `signs`, amount 0 where a payment failed."""
    if signs:
        failed = pc.fill_null(pc.equal(rows["success"], False), False)
        rows = rows.set_column(
            MOVED.index("amount"), "amount", pc.if_else(failed, pa.scalar(0, pa.int64()), rows["amount"])
        )
    return rows.select(MOVED)


def _beside(
    db: duckdb.DuckDBPyConnection, rows: pa.Table, asked: Statements, known: dict[str, int]
) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    """Reversals between other accounts, and banks that were seen."""
    undone: list[tuple[str, str]] = []
    if asked.undone:
        db.register("statement", rows)
        undone = [(str(a), str(b)) for a, b in db.execute(_UNDONE, known).fetchall()]
        db.unregister("statement")
    banks = db.execute(_BANKS, known | {"banks": list(asked.banks)}).fetchall() if asked.banks else []
    return tuple(undone), frozenset(str(bank) for (bank,) in banks)
