"""The command that asks the graph: query."""

from __future__ import annotations

from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.lazy import bootstrap
from graphfraud.cli.options import HERE, Folder, Json, Unmask
from graphfraud.cli.reading import lens
from graphfraud.cli.render import query as draw
from graphfraud.core.query import Budget
from graphfraud.services import query as queries
from graphfraud.services.workspace import open_workspace

app = typer.Typer()
PARAM = "a parameter of the query; times as dates or ISO 8601 with a zone, amounts in yuan, lists separated by commas"


@app.command(
    epilog=options.example(
        "query --list",
        "query money_down --list",
        "query money_down --param account=6217000001121746 --param min_amount=5000 --param since=2026-02-20",
    )
)
def query(
    name: Annotated[str | None, typer.Argument(help="name of the query", show_default=False)] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help=PARAM, metavar="NAME=VALUE")] = None,
    catalogue: Annotated[
        bool, typer.Option("--list", help="print the queries there are; with a name its header")
    ] = False,
    limit: Annotated[int, typer.Option(help="greatest number of rows; more are reported")] = 200,
    timeout: Annotated[float, typer.Option(help="greatest number of seconds")] = 30.0,
    unmask: Unmask = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Ask the graph in Neo4j one of the questions of the catalogue (docs/queries.md)."""
    if catalogue or name is None:
        screen.show(queries.listed(name, catalogue), draw.queries, as_json)
        return
    budget, given = Budget(limit, timeout), queries.given(param or [])
    found = open_workspace(workspace)
    with bootstrap.open_graph(found) as ask:
        answer = queries.query(ask, name, given, budget, lens(found, unmask, f"query {name}"))
    screen.show(answer, draw.query, as_json)
