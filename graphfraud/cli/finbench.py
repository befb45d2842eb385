"""`graphfraud finbench`: the benchmark's reads against their expected answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.desk import Watching
from graphfraud.cli.lazy import bootstrap
from graphfraud.cli.options import Json, NoFolder
from graphfraud.cli.render.finbench import measured

app = typer.Typer()


@app.command(
    epilog=options.example(
        "finbench finbench/", "finbench finbench/ --cases mine.json --json", "finbench finbench/ --store neo4j"
    )
)
def finbench(
    folder: Annotated[Path, typer.Argument(help="tables of the benchmark, Parquet or CSV", metavar="DIR")],
    cases: Annotated[
        Path | None, typer.Option(help="cases with expected answers; default: DIR/sf1_cases.json", metavar="FILE")
    ] = None,
    store: Annotated[
        str, typer.Option(help="embedded: answered in memory; neo4j: by the server in the environment", metavar="KIND")
    ] = "embedded",
    workspace: NoFolder = None,
    as_json: Json = False,
) -> None:
    """Answer the FinBench reads of a file of cases and compare. Exit code 6: an answer is not as expected."""
    from graphfraud.services import finbench as service  # numba: not before it is needed

    with bootstrap.open_finbench(options.store(store)) as graph, screen.working(as_json) as progress:
        answer = service.finbench(folder, cases, Watching(progress), graph)
    screen.show(answer, measured, as_json)
    answer.demand()
