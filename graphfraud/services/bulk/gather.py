"""What the rows of facts say of nodes that they share: gathered in a file beside the others while they are written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.sql import sql
from graphfraud.services.bulk.layout import ACCOUNT, CASE, NAMES_ACCOUNT, SHOWN
from graphfraud.stores.neo4j.families import KINDS

MEMORY = "512MiB"
FILE = "scratch.duckdb"
BATCH = 200_000  # rows
_TABLES = """
    CREATE TABLE names (label VARCHAR, value VARCHAR);
    CREATE TABLE described ({shown});
    CREATE TABLE referrals (row_id VARCHAR, referral_id VARCHAR);
    CREATE TABLE withdrawals (row_id VARCHAR, referral_id VARCHAR);
"""
#: The newest row of each account, as cypher/load/accounts_show has it.
_ACCOUNTS = """
    WITH newest AS (
        SELECT * FROM described
        QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY known_at DESC, row_id DESC) = 1
    )
    SELECT n.value AS id, {shown}
    FROM (SELECT DISTINCT value FROM names WHERE label = ?) n LEFT JOIN newest d ON d.account_id = n.value
    ORDER BY n.value
"""
_WITHDRAWS = """
    SELECT w.row_id AS withdrawal, r.row_id AS referral
    FROM withdrawals w JOIN referrals r USING (referral_id) ORDER BY ALL
"""
_DESCRIBED = ("account_id", "row_id", "known_at", *SHOWN)


class Gathered:
    """Accounts, identifiers, cases, the newest row of every account, withdrawals and their referrals."""

    def __init__(self, folder: Path, accounts: pa.Schema) -> None:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(folder / f"{FILE}.tmp"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._file = folder / FILE
        self._db = duckdb.connect(str(self._file), config=config)
        types = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN"}
        columns = ", ".join(f'"{n}" {types[accounts.field(n).type]}' for n in _DESCRIBED)
        self._db.execute(_TABLES.replace("{shown}", columns))

    def add(self, table: str, rows: pa.Table) -> None:
        """Take note of a piece of a table. O(rows)."""
        named = rows
        if table == "sanctions":
            named = rows.filter(pc.equal(rows["subject_kind"], "account"))
        for column in NAMES_ACCOUNT.get(table, ()):
            self._names(ACCOUNT, named[column])
        if table == "identifiers":
            for kind, (label, _) in KINDS.items():
                self._names(label, rows.filter(pc.equal(rows["kind"], kind))["value"])
        if table == "referrals":
            self._names(CASE, rows["case_no"])
        if table in ("referrals", "withdrawals"):
            self._insert(table, rows.select(["row_id", "referral_id"]))
        if table == "accounts":
            self._insert("described", rows.select(list(_DESCRIBED)))

    def accounts(self) -> Iterator[pa.Table]:
        """Every account that a fact names, with what it shows."""
        query = sql(_ACCOUNTS, shown=[f"d.{name}" for name in SHOWN])
        return self._read(query, ACCOUNT)

    def names(self, label: str) -> Iterator[pa.Table]:
        """Different values of nodes with this label, sorted."""
        return self._read("SELECT DISTINCT value FROM names WHERE label = ? ORDER BY value", label)

    def withdraws(self) -> Iterator[pa.Table]:
        """Withdrawals and the referrals they withdraw."""
        return self._read(_WITHDRAWS)

    def close(self) -> None:
        """Forget everything."""
        self._db.close()
        self._file.unlink(missing_ok=True)
        shutil.rmtree(f"{self._file}.tmp", ignore_errors=True)

    def _names(self, label: str, values: pa.ChunkedArray) -> None:
        different = pc.unique(values)
        self._insert("names", pa.table({"label": pa.array([label] * len(different), pa.string()), "value": different}))

    def _insert(self, table: str, rows: pa.Table) -> None:
        self._db.register("piece", rows)
        try:
            self._db.execute(sql("INSERT INTO {t} ({names}) FROM piece", t=table, names=rows.column_names))
        finally:
            self._db.unregister("piece")

    def _read(self, query: str, *values: str) -> Iterator[pa.Table]:
        reader = self._db.sql(query, params=list(values)).to_arrow_reader(BATCH)
        for batch in reader:
            yield pa.Table.from_batches([batch])
