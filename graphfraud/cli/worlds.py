"""`graphfraud synthesize`: a simulated world."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.options import Json, NoFolder
from graphfraud.cli.render.worlds import written

app = typer.Typer()


@app.command(
    epilog=options.example(
        "synthesize worlds/one --kind like-b --seed 7",
        "synthesize worlds/two --kind patient --accounts 5000 --knob rings.shared=0 --knob styles.waiting.cash=0.9",
    )
)
def synthesize(
    folder: Annotated[Path, typer.Argument(help="a new folder", metavar="DIR")],
    kind: Annotated[str, typer.Option(help="like-a, like-b, patient, or bench (for speed)")] = "like-b",
    seed: Annotated[int, typer.Option(help="equal seeds give equal worlds")] = 1,
    accounts: Annotated[int, typer.Option(help="accounts, those of other banks included")] = 20_000,
    days: Annotated[int, typer.Option(help="days of payments")] = 120,
    knob: Annotated[list[str] | None, typer.Option(help="change one knob (docs/synthetic.md)", metavar="K=V")] = None,
    workspace: NoFolder = None,
    as_json: Json = False,
) -> None:
    """Write a simulated world with planted rings and its truth: to be ingested, or measured with `evaluate`."""
    from graphfraud.services import worlds as service  # numba: not before it is needed

    with screen.working(as_json) as progress:
        progress.add_task(f"world {kind}, seed {seed}", total=None)
        answer = service.make(folder, kind, seed, (accounts, days), knob or [])
    screen.show(answer, written, as_json)
