"""Identity of a fact row (contracts.md §1), as SQL fragments and for tables made by hand.

    content   every column of the table that states the fact, with its perspective; not provenance, and not what is
              only known later (a referral's status and withdrawal)
    hash      md5 of the content as text: cells joined by U+001F, a missing cell is U+001E; readers refuse cells that
              hold these two characters, so two contents never have the same text
    row_id    transfers, cash: txn_id, else h:HASH:n, n the occurrence of that content within its file
              referrals, withdrawals: referral_id
              accounts: ACCOUNT_ID@KNOWN_AT; what other rows say of an account has #NN-HASH behind it, NN the number of
              columns it fills, so that the fullest sorts last
              the others: h:HASH

Overlapping files repeat the same ids, so a store that keeps one row per id keeps the greatest count per content.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from graphfraud.core.schemas import TABLES, TableSpec

NULL = "\x1e"
#: Columns that say what became of a fact, not what it is.
HINDSIGHT: dict[str, frozenset[str]] = {"referrals": frozenset({"status", "withdrawn_at"})}
#: Tables in which the same content twice in one file is two facts.
REPEATABLE = frozenset({"transfers", "cash"})
ALWAYS_KNOWN = 0  # known_at of an account whose source states no time
BESIDE = -1  # known_at of what other rows say of an account: any account row is newer


def content_names(spec: TableSpec) -> list[str]:
    """The columns that make up the content, in order."""
    return [n for n in spec.names if n not in HINDSIGHT.get(spec.name, frozenset())] + ["perspective"]


def content_hash_sql(spec: TableSpec, cells: Mapping[str, str]) -> str:
    """SQL text of the content hash. `cells` maps column to SQL; a column that is not there is null."""
    parts: list[str] = []
    for name in content_names(spec):
        expression = cells.get(name)
        parts.append("chr(30)" if expression is None else f"coalesce(CAST({expression} AS VARCHAR), chr(30))")
    return f"md5(concat_ws(chr(31), {', '.join(parts)}))"


def key_sql(spec: TableSpec, cells: Mapping[str, str]) -> str | None:
    """SQL text of the stated identity of a row (null where the row states none), or None: content only."""
    if spec.name == "accounts":
        return f"{cells['account_id']} || '@' || CAST({cells['known_at']} AS VARCHAR)"
    return cells.get(spec.key[0]) if spec.key else None


def row_id_sql(spec: TableSpec, key: str | None, content: str, occurrence: str) -> str:
    """SQL text of row_id from the SQL of its parts."""
    hashed = f"'h:' || {content}" + (f" || ':' || CAST({occurrence} AS VARCHAR)" if spec.name in REPEATABLE else "")
    return hashed if key is None else f"coalesce({key}, {hashed})"


def identified(table: str, rows: pa.Table) -> pa.Table:
    """Facts made by hand with their row_id and content_hash; the i-th repeat of a content is occurrence i.

    `rows` has columns of the table and known_at; what it lacks becomes null. Returns `TableSpec.schema`.
    """
    spec = TABLES[table]
    have = {n: f'"{n}"' for n in rows.column_names}
    content = content_hash_sql(spec, have)
    row_id = row_id_sql(spec, key_sql(spec, have), "content_hash", "occurrence")
    columns = [
        {"row_id": row_id, "content_hash": "content_hash"}.get(f.name) or have.get(f.name, "NULL") for f in spec.schema
    ]
    listed = ", ".join(f'{c} AS "{f.name}"' for c, f in zip(columns, spec.schema, strict=True))
    with duckdb.connect() as connection:
        connection.register("given", rows)
        connection.execute(
            f"CREATE TEMP TABLE hashed AS SELECT *, {content} AS content_hash, row_number() OVER () AS nth FROM given"  # noqa: S608
        )
        result = connection.sql(
            f"SELECT {listed} FROM (SELECT *, row_number() OVER (PARTITION BY content_hash ORDER BY nth) AS occurrence"  # noqa: S608
            " FROM hashed) ORDER BY nth"
        ).to_arrow_table()
    return result.cast(spec.schema)
