"""Figures of worlds with a known truth."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.evaluation import EvaluationAnswer
from graphfraud.cli.lazy import evaluate
from graphfraud.cli.render import parts


def evaluated(answer: EvaluationAnswer) -> Group:
    """A table a cut, with what it means in sentences."""
    return Group(*_parts(answer))


def _parts(answer: EvaluationAnswer) -> Iterator[RenderableType]:
    for found in answer.worlds:
        yield parts.section(f"World {found.world.name} ({found.world.kind})")
        yield from (Text(f"  {note}", style="yellow") for note in found.world.notes)
        for figures in found.figures:
            yield from (Text(f"  {line}") for line in figures.lines())
            table = parts.table("*" + evaluate.SCORE_COLUMNS[0], *(f">{c}" for c in evaluate.SCORE_COLUMNS[1:]))
            for row in figures.score_rows():
                table.add_row(*row)
            yield parts.indent(table)
