"""SQL text with names put in: only identifiers of ours get there, and values never do (they are parameters)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")
_PLACE = re.compile(r"\{(\w+)\}")


class Sql(str):
    """SQL text made by `sql`."""

    __slots__ = ()


def sql(text: str, **parts: str | Sequence[str]) -> Sql:
    """Put identifiers and SQL made by `sql` into the places `{name}` of a text.

    A string becomes a quoted identifier, a sequence a list of them; anything that is not a plain identifier raises
    ValueError, so no value can become SQL by mistake.

    >>> sql("SELECT {columns} FROM {table} WHERE time < ?", columns=["type", "t.end"], table="cash")
    'SELECT "type", "t"."end" FROM "cash" WHERE time < ?'
    """

    def put(place: re.Match[str]) -> str:
        part = parts[place.group(1)]
        if isinstance(part, Sql):
            return part
        return _quoted(part) if isinstance(part, str) else ", ".join(map(_quoted, part))

    return Sql(_PLACE.sub(put, text))


def _quoted(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is not an identifier")
    return ".".join(f'"{part}"' for part in name.split("."))
