"""Card, account and sub-account are one node (domain.md §5): facts that name an account by its other number.

An accounts row states a second number in `card_no`. Facts under that number are read as facts of the row's account,
unless the number is an account of its own (a row of an account feed states it) or belongs to several accounts: then
nothing is joined. Of two numbers that name each other the smaller is the account.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.facts import FactTables, StoredTables
from graphfraud.core.schemas import TABLES

#: Columns that name an account, by table.
NAMES: dict[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "transfers": ("payer", "payee"),
    "cash": ("account",),
    "identifiers": ("account_id",),
    "referrals": ("account_id", "victim_account"),
    "dispositions": ("account_id",),
}
_ALIASES = """
    WITH other AS (
        SELECT card_no AS number, min(account_id) AS owner FROM stated
        WHERE card_no <> '' AND card_no <> account_id GROUP BY card_no HAVING count(DISTINCT account_id) = 1),
    free AS (FROM other ANTI JOIN (FROM stated WHERE known_at >= 0) own ON own.account_id = other.number),
    one_way AS (
        SELECT f.number, f.owner FROM free f LEFT JOIN free b ON b.number = f.owner AND b.owner = f.number
        WHERE b.number IS NULL OR f.owner < f.number)
    SELECT o.number, coalesce(n.owner, o.owner) AS owner
    FROM one_way o LEFT JOIN one_way n ON n.number = o.owner ORDER BY o.number
"""


class _Joined(StoredTables):
    """Tables of facts in which every account goes by one number."""

    def __init__(self, raw: FactTables, aliases: pa.Table) -> None:
        self.raw = raw
        self.numbers, self.owners = (aliases[c].combine_chunks() for c in ("number", "owner"))

    def __getitem__(self, name: str) -> pa.Table:
        return self._rename(name, self.raw[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw.tables)

    def by_time(self, name: str, columns: Sequence[str] | None, rows: int) -> Iterator[pa.Table]:
        for piece in self.raw.by_time(name, columns, rows):
            yield self._rename(name, piece)

    def _rename(self, name: str, table: pa.Table) -> pa.Table:
        for column in NAMES.get(name, ()):
            if column in table.column_names:
                place = pc.index_in(table[column], value_set=self.numbers)
                if place.null_count < len(place):
                    named = pc.coalesce(pc.take(self.owners, place), table[column])
                    table = table.set_column(table.column_names.index(column), column, named)
        return table


def join_numbers(raw: FactTables, db: duckdb.DuckDBPyConnection) -> tuple[FactTables, int]:
    """The facts with every account under one number, and how many other numbers there are. O(accounts) if none."""
    if "card_no" in raw.missing.get("accounts", frozenset()):
        return raw, 0
    columns = ["account_id", "card_no", "known_at"]
    empty = TABLES["accounts"].schema.empty_table().select(columns)
    db.register("stated", pa.concat_tables([empty, *raw.by_time("accounts", columns)]))
    try:
        aliases = db.sql(_ALIASES).to_arrow_table()
    finally:
        db.unregister("stated")
    if not aliases.num_rows:
        return raw, 0
    return replace(raw, tables=_Joined(raw, aliases)), int(aliases.num_rows)
