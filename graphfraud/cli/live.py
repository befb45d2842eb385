"""`graphfraud trace --live`: a trace of the store itself, without a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import render as draw
from graphfraud.cli import screen
from graphfraud.cli.lazy import bootstrap
from graphfraud.errors import UsageError
from graphfraud.services import trace_export as papers
from graphfraud.services.live import MAX_DEGREE
from graphfraud.services.live import answer as live
from graphfraud.services.live.answer import Traced
from graphfraud.services.sankey.words import Lang
from graphfraud.services.trace import TraceRequest
from graphfraud.services.workspace import open_workspace

Live = Annotated[bool, typer.Option("--live", help="trace in the store itself, as it is now: no run is needed")]
Degree = Annotated[
    int | None, typer.Option(help=f"with --live: more payments make an account busy, the way ends [{MAX_DEGREE:,}]")
]


def traced(workspace: Path, request: TraceRequest, max_degree: int | None, **others: object) -> Traced:
    """The live trace. Raises UsageError where an option is given that needs a run."""
    given = sorted(name for name, value in others.items() if value is not None)
    if given:
        raise UsageError(f"--live reads the store, not a run: it goes without --{', --'.join(given)}")
    found = open_workspace(workspace)
    with bootstrap.open_readable(found) as store:
        return live.traced(store, found.settings, request, MAX_DEGREE if max_degree is None else max_degree)


def told(done: Traced, paper: tuple[Path | None, str | None], lang: Lang, as_json: bool) -> None:
    """Show a live trace, or write it to the file that is asked for."""
    out, format_ = paper
    if papers.wanted(out, format_):
        screen.show(papers.export_trace(live.paper(done), out, format_, lang), draw.trace_written, as_json)
    else:
        screen.show(live.answer(done), partial(draw.live, lang=lang), as_json)
