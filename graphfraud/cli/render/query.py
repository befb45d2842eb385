"""The catalogue of queries, and the rows of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.query import CatalogueAnswer, QueryAnswer, QueryCard, QueryColumn, short_type

SHORT = 24  # characters up to which a text stands in a column; longer ones stand below their row
NUMBERS = ("integer", "amount", "share", "list<integer>", "list<amount>", "list<share>")
GAP = 2


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
    columns = ", ".join(c.name if c.type == "text" else f"{c.name} ({c.type})" for c in card.columns)
    for title, text in (("Columns", columns), ("Use when", card.use_when), ("Cost", card.cost)):
        yield parts.section(title)
        yield parts.indent(parts.text(text))


def query(answer: QueryAnswer) -> Group:
    """The rows: amounts in yuan, times in Asia/Shanghai."""
    line = Text(f"Query {answer.query}", style="bold")
    line.append(f"\nfacts up to load {answer.seen} · amounts in yuan, times in Asia/Shanghai", style="dim")
    count = parts.plural(len(answer.rows), "row") if answer.rows else "no rows"
    shown: list[RenderableType] = [line, Rows(answer), Text(count, style="dim")]
    if answer.more:
        hint = f"more rows than the limit of {answer.limit:,}: raise --limit, or narrow the question"
        shown.append(Text(hint, style="yellow"))
    return Group(*shown)


@dataclass(frozen=True)
class Rows:
    """Rows in columns, long texts below their row; where a terminal is too narrow, a line a column. Nothing is cut."""

    answer: QueryAnswer

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        cells = [[cell(column, row) for column in self.answer.columns] for row in self.answer.rows]
        if not cells:
            return
        names = [column.name for column in self.answer.columns]
        long = {n for n, _ in enumerate(names) if any(cell_len(line) > SHORT for row in cells for line in row[n])}
        table = [n for n, _ in enumerate(names) if n not in long]
        width = {n: max(cell_len(line) for line in [names[n], *(x for row in cells for x in row[n])]) for n in table}
        if sum(width.values()) + GAP * len(table) > options.max_width:
            long, table = set(range(len(names))), []
        if table:
            yield Text(self._line([names[n] for n in table], table, width), style="dim")
        for row in cells:
            for height in range(max((len(row[n]) for n in table), default=0)):
                yield Text(self._line([row[n][height] if height < len(row[n]) else "" for n in table], table, width))
            for n in sorted(long):
                yield from self._below(names[n], row[n])
            if not table:
                yield Text("")

    def _line(self, texts: list[str], table: list[int], width: Mapping[int, int]) -> str:
        made = []
        for text, n in zip(texts, table, strict=True):
            space = " " * (width[n] - cell_len(text))
            made.append(space + text if self.answer.columns[n].type in NUMBERS else text + space)
        return (" " * GAP).join(made).rstrip()

    @staticmethod
    def _below(name: str, lines: list[str]) -> Iterator[RenderableType]:
        if len(lines) > 1:
            yield Padding(Text(f"{name}:", style="dim"), (0, 0, 0, 4))
            yield from (parts.bullet(parts.text(line)) for line in lines)
        elif lines != ["–"]:
            text = Text(f"{name}: ", style="dim")
            text.append(lines[0], style="not dim")
            yield Padding(text, (0, 0, 0, 4))


def cell(column: QueryColumn, row: Mapping[str, Any]) -> list[str]:
    """A value as lines: a chain's accounts, times and amounts one below the other, a payment beside its payee."""
    value = row[column.name]
    if column.type == "path":
        return [f"{'→ ' if n else ''}{one}" for n, one in enumerate(value or ())]
    if not isinstance(value, list):
        return [_one(column.type, value)]
    texts = [_one(column.type.removeprefix("list<").removesuffix(">"), one) for one in value]
    if column.type != "list<text>" and len(row.get("path") or ()) == len(value) + 1:
        return ["", *texts]
    return texts if any(" " in text for text in texts) else [", ".join(texts)]


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
    return f"{value:,}" if kind == "integer" else str(value)
