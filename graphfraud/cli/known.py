"""Commands that say what detection knows: its indicators."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.lazy import indicators as found
from graphfraud.cli.options import HERE, Folder, Json, Lang, Run
from graphfraud.cli.reading import reading
from graphfraud.cli.render.indicators import indicators as draw

app = typer.Typer()


@app.command(epilog=options.example("indicators", "indicators --own --lang zh", "indicators --json"))
def indicators(
    own: Annotated[bool, typer.Option("--own", help="only the bank's own (docs/own-indicators.md)")] = False,
    run: Run = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """The indicators of a run: what they are worth, what they hit, how many of these the police referred."""
    with reading(workspace, run) as read:
        screen.show(found.indicators(read.run, own), partial(draw, lang=lang), as_json)
