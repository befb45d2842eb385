"""Figures of worlds with a known truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from graphfraud.cli.evaluation import EvaluationAnswer
from graphfraud.cli.render import parts

if TYPE_CHECKING:
    from graphfraud.evaluate import Grid, Section


def evaluated(answer: EvaluationAnswer) -> Group:
    """A table a cut, with what it means in sentences."""
    return Group(*_parts(answer))


def _parts(answer: EvaluationAnswer) -> Iterator[RenderableType]:
    for found in answer.worlds:
        yield parts.section(f"World {found.world.name} ({found.world.kind})")
        yield from (Text(f"  {note}", style="yellow") for note in found.world.notes)
        for figures in found.figures:
            yield from (Text(f"  {line}") for line in figures.lines())
            yield parts.indent(_grid(figures.grid()))
            whole = figures.as_of == found.world.headline
            yield from (line for section in figures.sections for line in _section(section, whole))
        yield from (line for section in found.full for line in _section(section, True))


def _section(section: Section, whole: bool) -> Iterator[RenderableType]:
    """Title and sentences; the tables too where it is the cut that is quoted."""
    yield Text(f"  {section.title}", style="bold")
    yield from (Text(f"  {line}") for line in section.lines)
    for grid in section.grids if whole else ():
        if grid.title:
            yield Text(f"  {grid.title}", style="dim")
        yield parts.indent(_grid(grid))


def _grid(grid: Grid) -> Table:
    table = parts.table("*" + grid.columns[0], *(f">{c}" for c in grid.columns[1:]))
    for row in grid.rows:
        table.add_row(*(parts.text(cell) for cell in row))
    return table
