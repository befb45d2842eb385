"""`graphfraud finbench`: the benchmark's reads against their expected answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.desk import Watching
from graphfraud.cli.options import Json, NoFolder
from graphfraud.cli.render.finbench import measured

app = typer.Typer()


@app.command(epilog=options.example("finbench finbench/", "finbench finbench/ --cases mine.json --json"))
def finbench(
    folder: Annotated[Path, typer.Argument(help="tables of the benchmark, Parquet or CSV", metavar="DIR")],
    cases: Annotated[
        Path | None, typer.Option(help="cases with expected answers; default: DIR/sf1_cases.json", metavar="FILE")
    ] = None,
    workspace: NoFolder = None,
    as_json: Json = False,
) -> None:
    """Answer the FinBench reads of a file of cases and compare. Exit code 6: an answer is not as expected."""
    from graphfraud.services import finbench as service  # numba: not before it is needed

    with screen.working(as_json) as progress:
        answer = service.finbench(folder, cases, Watching(progress))
    screen.show(answer, measured, as_json)
    answer.demand()
