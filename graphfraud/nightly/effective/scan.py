"""First pass over the raw facts: which accounts there are, and the transfers that need a closer look."""

from __future__ import annotations

from graphfraud.core.schemas import ACCOUNTS
from graphfraud.core.sql import Sql, sql
from graphfraud.nightly.effective.desk import Desk

#: type that ingest gives to a red entry whose original it cannot name
REVERSAL_TYPE = "reversal"
#: what tells a row that needs a closer look: a failed attempt, a reversal, a row of a statement
_SIGNS = {
    "success": "success = FALSE",
    "reversal_of": "reversal_of <> ''",
    "type": f"type = '{REVERSAL_TYPE}'",
    "perspective": "perspective IS NOT NULL",
}


def scan_transfers(desk: Desk) -> tuple[bool, bool]:
    """Fill `seen` with payers and payees.

    Returns whether every transfer states a day only, and whether some need a closer look. One pass, O(transfers).
    """
    desk.db.execute("CREATE TABLE seen (account VARCHAR)")
    signs = [name for name in _SIGNS if name == "perspective" or desk.has("transfers", name)]
    special = sql("SELECT count(*) FROM piece WHERE {signs}", signs=Sql(" OR ".join(_SIGNS[name] for name in signs)))
    known = days_only = closer = 0
    for piece in desk.raw.by_time("transfers", ["payer", "payee", "date_only", *signs], desk.piece_rows):
        known += piece.num_rows
        with desk.piece(piece) as db:
            db.execute("INSERT INTO seen SELECT payer FROM piece UNION SELECT payee FROM piece")
            days_only += desk.number("SELECT count(*) FROM piece WHERE date_only")
            closer += desk.number(special)
    desk.counts["transfers_known"] = known
    return 0 < known == days_only, closer > 0


def scan_others(desk: Desk) -> None:
    """Stage accounts, cash and identifiers whole, and add their accounts to `seen`."""
    for name, column, columns in (
        ("accounts", "account_id", None),
        ("cash", "account", ("row_id", "txn_id", "time", "account", "amount", "terminal", "place")),
        ("identifiers", "account_id", ("account_id", "kind", "value", "first_seen", "last_seen", "count", "is_use")),
    ):
        table = f"raw_{name}"
        desk.stage(name, columns, table)
        desk.db.execute(sql("INSERT INTO seen SELECT DISTINCT {c} FROM {t}", c=column, t=table))


_NUMBERED = """
    CREATE TABLE numbered AS
    WITH holders AS (
        SELECT holder_id, (row_number() OVER (ORDER BY holder_id) - 1)::INTEGER AS holder
        FROM (SELECT DISTINCT holder_id FROM raw_accounts WHERE holder_id <> '')),
    codes AS (
        SELECT account AS account_id, (row_number() OVER (ORDER BY account) - 1)::INTEGER AS code
        FROM (SELECT DISTINCT account FROM seen))
    SELECT c.code, coalesce(h.holder, -1) AS holder,
        (CASE v.holder_type WHEN 'person' THEN 1 WHEN 'company' THEN 2 ELSE 0 END)::TINYINT AS kind,
        v.account_id IS NOT NULL AS stated, c.account_id, {others}
    FROM codes c LEFT JOIN raw_accounts v USING (account_id) LEFT JOIN holders h USING (holder_id)
    ORDER BY c.code
"""
#: Card numbers of accounts whose row came in several versions: each version whose number is not that of the one before.
_CARDS = """
    SELECT c.code AS account, v.known_at AS since, v.card_no, v.before IS NOT NULL AS changed
    FROM (SELECT account_id, known_at, card_no,
            lag(card_no) OVER (PARTITION BY account_id ORDER BY known_at, row_id) AS before
        FROM versions WHERE card_no <> '') v
    JOIN numbered c USING (account_id)
    WHERE v.card_no IS DISTINCT FROM v.before ORDER BY account, since
"""
_VERSIONS = """
    CREATE TABLE versions AS SELECT account_id, known_at, row_id, card_no FROM raw_accounts {which}
"""
_SEVERAL = "QUALIFY count(*) OVER (PARTITION BY account_id) > 1"
_NEWEST = """
    DELETE FROM raw_accounts WHERE rowid NOT IN (
        SELECT rowid FROM raw_accounts
        QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY known_at DESC, row_id DESC) = 1)
"""
_ACCOUNT = """
    CREATE TABLE account AS
    SELECT account_id, code, holder, kind, coalesce(pooled, FALSE) AS pooled, coalesce(merchant, FALSE) AS merchant
    FROM numbered
"""


def number_accounts(desk: Desk) -> None:
    """Number every account seen by UTF-8 order of its id, with its newest attributes.

    Writes accounts.parquet, cards.parquet and the table `account`.

    `account` is the narrow table that others join: account_id, code, holder, kind, pooled, merchant.
    """
    several = desk.number("SELECT count(*) > count(DISTINCT account_id) FROM raw_accounts") > 0
    desk.db.execute(sql(_VERSIONS, which=Sql(_SEVERAL if several else "LIMIT 0")))
    if several:
        desk.db.execute(_NEWEST)
    others = [c for c in ACCOUNTS.names if c != "account_id"]
    desk.db.execute(sql(_NUMBERED, others=Sql(", ".join(sql("{c}", c=f"v.{name}") for name in others))))
    desk.db.execute("DROP TABLE seen")
    desk.db.execute("DROP TABLE raw_accounts")
    desk.save("accounts", "FROM numbered ORDER BY code")
    desk.save("cards", _CARDS)
    desk.db.execute("DROP TABLE versions")
    desk.db.execute(_ACCOUNT)
    desk.db.execute("DROP TABLE numbered")
