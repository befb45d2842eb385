"""A bulk import says where its files are, and what to do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

if TYPE_CHECKING:
    from graphfraud.services.bulk import BulkAnswer


def bulk_exported(answer: BulkAnswer) -> Group:
    """Rows by table, the warning, the next step."""
    rows = ", ".join(f"{count:,} {name}" for name, count in answer.rows.items() if count)
    size = f"{answer.nodes:,} nodes, {answer.relationships:,} relationships, {answer.bytes / 1e6:,.1f} MB"
    clear = "Names, numbers and addresses are in clear: only you can read the folder. Delete it after the import."
    return Group(
        Text(f"{rows or 'no facts'} → {answer.path}"),
        Text(size, style="dim"),
        Text(clear, style="yellow"),
        Text.assemble(
            "next: ", (answer.command, "cyan"), f" with the server stopped; {answer.path}/README.md says how"
        ),
    )
