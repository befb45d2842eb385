"""Commands that say whom to turn to next: victims to call, banks to ask."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.options import HERE, Folder, Json, Lang, Run, Unmask
from graphfraud.cli.reading import reading
from graphfraud.cli.render import requests as draw_requests
from graphfraud.cli.render import victims as draw
from graphfraud.errors import UsageError
from graphfraud.services import requests as asking
from graphfraud.services import victims as found
from graphfraud.services.trace import TraceLimits

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


@app.command(epilog=options.example("requests CASE-2026-0031", "requests --all --lang zh"))
def requests(
    case: Annotated[str | None, typer.Argument(help="case number", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="all open cases together")] = False,
    limit: Annotated[int, typer.Option(help="accounts in a table; the rest is one row")] = 10,
    depth: Annotated[int, typer.Option(help="longest chain that is traced, in payments")] = 6,
    max_hops: Annotated[int, typer.Option(help="payments traced from one start; what that cuts is counted")] = 200,
    window_days: Annotated[float, typer.Option(help="money that waited longer is not followed")] = 7.0,
    run: Run = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Which other bank's statement would explain the most money of a case that is lost sight of (调单)."""
    if (case is None) != every:
        raise UsageError("give a case number, or --all for all open cases")
    limits = TraceLimits(depth, max_hops, window_days=window_days)
    with reading(workspace, run) as read:
        answer = asking.requests(read.run, case, limits)
        screen.show(answer, partial(draw_requests.requests, lang=lang, limit=limit), as_json)
