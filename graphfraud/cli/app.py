"""The application: every command group registered on one typer app."""

from __future__ import annotations

import typer
from typer.core import TyperGroup

from graphfraud.cli import changes, finbench, graph, holds, jobs, known, leads, read, worlds, write

#: the order of a working day, and of the help
ORDER = (
    *("init", "ingest", "quarantine", "refer", "withdraw", "nightly", "network", "ring", "trace", "risk"),
    *("victims", "holds", "requests", "restitution", "indicators", "models"),
    *("query", "runs", "changes", "check", "export", "serve", "evaluate", "synthesize", "finbench", "version"),
)


class InOrder(TyperGroup):
    """Lists commands as ORDER has them."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(self.commands, key=ORDER.index)


app = typer.Typer(
    cls=InOrder,
    name="graphfraud",
    help="Finds fraud rings and mule accounts in a graph of payments, and shows its evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    write.app,
    jobs.app,
    read.app,
    changes.app,
    leads.app,
    holds.app,
    known.app,
    graph.app,
    worlds.app,
    finbench.app,
):
    app.registered_commands.extend(group.registered_commands)
    app.registered_groups.extend(group.registered_groups)
