"""Right answers and times of the FinBench reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from graphfraud.cli.render import parts

if TYPE_CHECKING:
    from graphfraud.services.finbench import FinbenchAnswer


def measured(answer: FinbenchAnswer) -> Group:
    """One line a read, the total, and every case that is not right."""
    table = parts.table("*read", ">right", ">of", ">p50 ms", ">p99 ms")
    for name, read in answer.reads.items():
        table.add_row(name, f"{read.right:,}", f"{read.total:,}", _time(read.p50_ms), _time(read.p99_ms))
    style = "bold red" if answer.wrong else "bold"
    total = Text(f"{answer.right:,} of {answer.total:,} answers right", style=style)
    wrong = [Text(f"{w.read}, case {w.case}: {w.difference}", style="red") for w in answer.wrong]
    return Group(table, total, *wrong)


def _time(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
