"""First pass over the raw facts: which accounts there are, and the transfers that need a closer look."""

from __future__ import annotations

from graphfraud.core.schemas import ACCOUNTS
from graphfraud.core.sql import Sql, sql
from graphfraud.nightly.effective_desk import Desk

#: what is needed of a transfer to pair legs and reversals; `txn_id` falls back to row_id
NARROW = ("row_id", "txn_id", "time", "payer", "payee", "amount", "type", "success", "reversal_of", "perspective")

#: type that ingest gives to a red entry whose original it cannot name
REVERSAL_TYPE = "reversal"

_SPECIAL = """
    CREATE TABLE special (
        row_id VARCHAR, txn_id VARCHAR, time BIGINT, payer VARCHAR, payee VARCHAR, amount BIGINT,
        reversal_of VARCHAR, perspective VARCHAR, payee_balance_after BIGINT, failed BOOLEAN, reversal BOOLEAN)
"""
_ADD_SPECIAL = """
    INSERT INTO special
    SELECT row_id, coalesce(txn_id, row_id), time, payer, payee, amount, nullif(reversal_of, ''), perspective,
        payee_balance_after, coalesce(success = FALSE, FALSE) AS failed,
        coalesce(reversal_of, '') <> '' OR coalesce(type = $reversal, FALSE) AS reversal
    FROM piece WHERE (failed OR reversal OR perspective IS NOT NULL) AND time <= $as_of
"""


def scan_transfers(desk: Desk) -> bool:
    """Fill `seen` with payers and payees and `special` with failed, reversal and statement rows.

    Returns whether every transfer states a day only. One pass, O(transfers).
    """
    desk.db.execute("CREATE TABLE seen (account VARCHAR)")
    desk.db.execute(_SPECIAL)
    desk.counts["transfers_known"] = days_only = 0
    for piece in desk.raw.by_time("transfers", [*NARROW, "payee_balance_after", "date_only"]):
        desk.counts["transfers_known"] += piece.num_rows
        with desk.piece(piece) as db:
            db.execute("INSERT INTO seen SELECT payer FROM piece UNION SELECT payee FROM piece")
            db.execute(_ADD_SPECIAL, {"reversal": REVERSAL_TYPE, "as_of": desk.as_of})
            days_only += desk.number("SELECT count(*) FROM piece WHERE date_only")
    return 0 < desk.counts["transfers_known"] == days_only


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
    WITH version AS (
        FROM raw_accounts QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY known_at DESC, row_id DESC) = 1),
    holders AS (
        SELECT holder_id, (row_number() OVER (ORDER BY holder_id) - 1)::INTEGER AS holder
        FROM (SELECT DISTINCT holder_id FROM version WHERE holder_id <> '')),
    codes AS (
        SELECT account AS account_id, (row_number() OVER (ORDER BY account) - 1)::INTEGER AS code
        FROM (SELECT DISTINCT account FROM seen))
    SELECT c.code, coalesce(h.holder, -1) AS holder,
        (CASE v.holder_type WHEN 'person' THEN 1 WHEN 'company' THEN 2 ELSE 0 END)::TINYINT AS kind,
        c.account_id, {others}
    FROM codes c LEFT JOIN version v USING (account_id) LEFT JOIN holders h USING (holder_id)
    ORDER BY c.code
"""
_ACCOUNT = """
    CREATE TABLE account AS
    SELECT account_id, code, holder, kind, coalesce(pooled, FALSE) AS pooled, coalesce(merchant, FALSE) AS merchant
    FROM numbered
"""


def number_accounts(desk: Desk) -> None:
    """Number every account seen by UTF-8 order of its id, with its newest attributes: accounts.parquet and `account`.

    `account` is the narrow table that others join: account_id, code, holder, kind, pooled, merchant.
    """
    others = [c for c in ACCOUNTS.names if c != "account_id"]
    desk.db.execute(sql(_NUMBERED, others=Sql(", ".join(sql("{c}", c=f"v.{name}") for name in others))))
    desk.db.execute("DROP TABLE seen")
    desk.db.execute("DROP TABLE raw_accounts")
    desk.save("accounts", "FROM numbered ORDER BY code")
    desk.db.execute(_ACCOUNT)
    desk.db.execute("DROP TABLE numbered")
