"""Commands that say what detection knows: its indicators, its models."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.lazy import indicators as found
from graphfraud.cli.lazy import models as learned
from graphfraud.cli.options import HERE, Folder, Json, Lang, Run
from graphfraud.cli.reading import reading
from graphfraud.cli.render.indicators import indicators as draw
from graphfraud.cli.render.models import models as draw_models

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


@app.command(epilog=options.example("models", "models RUN_ID", "models --json"))
def models(
    run_id: Annotated[str | None, typer.Argument(help="a published run; default: the live one")] = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """The card of a run's models: what they learned from, how good they are, how far they drifted since last night."""
    with reading(workspace, run_id) as read:
        screen.show(learned.card(read.workspace.runs, read.run), draw_models, as_json)
