"""The indicators that come with the package, and the tables they share."""

from __future__ import annotations

from functools import cache
from importlib import resources

from graphfraud.indicators.definition import Indicator, parse


@cache
def catalogue() -> tuple[Indicator, ...]:
    """Every indicator, in order of id. Read from the package once."""
    folder = resources.files("graphfraud.indicators") / "sql"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(parse(f.name.removesuffix(".sql"), f.read_text(encoding="utf-8")) for f in files)


@cache
def shared_table(name: str) -> str:
    """SQL of `tables/<name>.sql`."""
    return (resources.files("graphfraud.indicators") / "tables" / f"{name}.sql").read_text(encoding="utf-8")
