"""The catalogue of queries, and the rows of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.query import CatalogueAnswer, QueryAnswer, QueryCard, QueryColumn, short_type

WHOLE = 24  # characters up to which a text keeps to one line


def queries(answer: CatalogueAnswer) -> Group:
    """Every query with its first sentence; one query with its whole header."""
    if len(answer.queries) == 1:
        return Group(*_card(answer.queries[0]))
    table = parts.table("*query", "what it answers")
    for one in answer.queries:
        table.add_row(one.name, parts.text(one.purpose.partition(". ")[0].rstrip(".")))
    hint = (
        "graphfraud query NAME --list shows the parameters of one; graphfraud query NAME --param NAME=VALUE … runs it"
    )
    return Group(table, Text(f"\n{len(answer.queries)} queries", style="bold"), Text(hint, style="dim"))


def _card(card: QueryCard) -> Iterator[RenderableType]:
    yield Text(card.name, style="bold")
    yield Text(card.purpose)
    if card.parameters:
        yield parts.section("Parameters (--param NAME=VALUE)")
        table = parts.table("*parameter", "*type", "*default", "meaning")
        for one in card.parameters:
            default = "must be given" if one.default is None else one.default
            table.add_row(one.name, parts.text(short_type(one.type)), parts.text(default), parts.text(one.meaning))
        yield parts.indent(table)
    yield parts.section("Columns")
    yield parts.indent(", ".join(c.name if c.type == "text" else f"{c.name} ({c.type})" for c in card.columns))
    yield parts.section("Use when")
    yield parts.indent(parts.text(card.use_when))
    yield parts.section("Cost")
    yield parts.indent(parts.text(card.cost))


def query(answer: QueryAnswer) -> Group:
    """The rows as a table: amounts in yuan, times in Asia/Shanghai."""
    return Group(*_rows(answer))


def _rows(answer: QueryAnswer) -> Iterator[RenderableType]:
    line = Text(f"Query {answer.query}", style="bold")
    line.append(f"\nfacts up to load {answer.seen} · amounts in yuan, times in Asia/Shanghai", style="dim")
    yield line
    if answer.rows:
        table = parts.table(*(_head(column, answer.rows) for column in answer.columns))
        for row in answer.rows:
            table.add_row(*(_cell(column, row) for column in answer.columns))
        yield table
    count = parts.plural(len(answer.rows), "row") if answer.rows else "no rows"
    yield Text(count, style="dim")
    if answer.more:
        yield Text(
            f"more rows than the limit of {answer.limit:,}: raise --limit, or narrow the question", style="yellow"
        )


def _head(column: QueryColumn, rows: list[dict[str, Any]]) -> str:
    """Numbers and short texts keep to one line, long ones fold."""
    if column.type in ("integer", "amount", "share"):
        return f">{column.name}"
    longest = max((len(line) for row in rows for line in _cell(column, row).split("\n")), default=0)
    return f"*{column.name}" if longest <= WHOLE else column.name


def _cell(column: QueryColumn, row: Mapping[str, Any]) -> str:
    """A value as text. Lists stand one below the other; times and amounts of a chain beside the account they led to."""
    value = row[column.name]
    if column.type == "path":
        return "\n".join(f"{'→ ' if n else ''}{parts.text(one)}" for n, one in enumerate(value or ()))
    if isinstance(value, list):
        inner = column.type.removeprefix("list<").removesuffix(">")
        path = row.get("path") or ()
        first = [""] if len(path) == len(value) + 1 else []
        return "\n".join(first + [_one(inner, one) for one in value])
    return _one(column.type, value)


def _one(kind: str, value: Any) -> str:
    if value is None:
        return "–"
    if kind == "time":
        return clock.show(value)
    if kind == "amount":
        return parts.yuan(value)
    if kind == "share":
        return parts.score(value)
    if kind == "boolean":
        return "yes" if value else "no"
    return f"{value:,}" if kind == "integer" else parts.text(value)
