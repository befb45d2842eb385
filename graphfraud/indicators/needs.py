"""What an indicator may require of the data, and how a lack is told."""

from __future__ import annotations

from graphfraud.core.schemas import IDENTIFIER_KINDS, TABLES

#: What an indicator may require that no feed delivers, and the table that is there when it is.
GIVEN = {"lineage": "lineage", "rings": "ring_members", "layers": "layers", "coordinates": "trips"}
#: How a lack is told where its name does not say it.
WORDS = {"cards": "a second version of an account's row", "coordinates": "places with coordinates"}
#: Tables of facts that may be empty.
ROWS = {name: f"SELECT count(*) FROM {name}" for name in ("cash", "sanctions", "cards")}  # noqa: S608


def known(need: str) -> bool:
    """Whether `need` can be required: `table.column`, `identifiers:a|b`, a table that may be empty, or one of GIVEN."""
    if need in GIVEN or need in ROWS:
        return True
    table, _, column = need.partition(".")
    if column:
        return table in TABLES and column in TABLES[table].names
    table, _, kinds = need.partition(":")
    return table == "identifiers" and bool(kinds) and set(kinds.split("|")) <= set(IDENTIFIER_KINDS)
