"""The command `changes`: what a run changed against its predecessor, and why."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.lazy import changes as found
from graphfraud.cli.options import HERE, Folder, Json, Lang, Unmask
from graphfraud.cli.reading import lens
from graphfraud.cli.render import changes as draw
from graphfraud.services.workspace import open_workspace

app = typer.Typer()


@app.command(epilog=options.example("changes", "changes --verify 3 --lang zh", "changes RUN_ID --json"))
def changes(
    run_id: Annotated[str | None, typer.Argument(help="a published run; default: the live one")] = None,
    limit: Annotated[int, typer.Option(help="changes shown; the rest is counted")] = 50,
    verify: Annotated[int, typer.Option(help="alerts whose causes are checked by recomputing without them")] = 0,
    lang: Lang = "en",
    unmask: Unmask = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """What a run changed against its predecessor, alerts and rings, and which new facts are behind each change."""
    opened = open_workspace(workspace)
    with screen.working(as_json) as progress:
        progress.add_task("comparing two nights", total=None)
        bounds, view = found.Bounds(limit, verify), lens(opened, unmask, run_id or "changes")
        answer = found.changes(opened.runs, run_id, bounds, view)
    screen.show(answer, partial(draw.changes, lang=lang), as_json)
