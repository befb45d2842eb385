"""What `synthesize` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from graphfraud.cli.render import parts

if TYPE_CHECKING:
    from graphfraud.services.worlds import WorldAnswer


def written(answer: WorldAnswer) -> Group:
    """Rows by table, and what to do next."""
    head = Text(f"world {answer.kind}, seed {answer.seed}: {answer.accounts:,} accounts, {answer.days} days")
    rows = [Text(f"  {name}: {parts.plural(count, 'row')}") for name, count in answer.rows.items()]
    return Group(head, *rows, Text.assemble("next: ", (f"graphfraud evaluate {answer.folder}", "cyan")))
