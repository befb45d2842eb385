"""Commands that say whom to turn to next: victims to call, banks to ask."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.options import HERE, Folder, Json, Lang, Run, Unmask
from graphfraud.cli.reading import reading
from graphfraud.cli.render import victims as draw
from graphfraud.services import victims as found

app = typer.Typer()
Limit = Annotated[int, typer.Option(help="payers shown; the rest is counted")]


@app.command(epilog=options.example("victims", "victims --next --lang zh", "victims --all --limit 500 --json"))
def victims(
    following: Annotated[bool, typer.Option("--next", help="who may pay next: payers of rings now at work")] = False,
    everyone: Annotated[bool, typer.Option("--all", help="with unlikely ones and those who have reported")] = False,
    limit: Limit = 50,
    run: Run = None,
    unmask: Unmask = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Possible victims to call, the most likely and urgent first; or who may pay next."""
    with reading(workspace, run) as read:
        lens = read.lens(unmask, "victims")
        if following:
            screen.show(found.next_victims(read.run, limit, lens), partial(draw.next_victims, lang=lang), as_json)
        else:
            screen.show(found.victims(read.run, limit, everyone, lens), partial(draw.victims, lang=lang), as_json)
