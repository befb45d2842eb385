"""Commands that work for a while: nightly, check, evaluate, serve; and version."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import night, options, screen
from graphfraud.cli import render as draw
from graphfraud.cli.evaluation import evaluate_folder, write_page
from graphfraud.cli.lazy import bootstrap, outcome
from graphfraud.cli.options import HERE, Folder, Json, Lang, NoFolder
from graphfraud.nightly.versions import versions
from graphfraud.services.workspace import open_workspace

app = typer.Typer()


@app.command(epilog=options.example("nightly", "nightly --as-of 2026-03-01 --dry-run", "nightly --resume"))
def nightly(
    as_of: Annotated[str | None, typer.Option(help="the cut; default: the latest known fact", metavar="TIME")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="take nothing over from the run before")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="make it live even if the live run is later")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, publish nothing")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="go on after the last finished stage")] = False,
    override: Annotated[str | None, typer.Option(help="publish in spite of a guard", metavar="REASON")] = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Find rings, risk, chains and alerts in what is known, publish them in one step, and report."""
    aside = night.override(override)
    wanted = bootstrap.Nightly(options.moment(as_of), fresh, publish, dry_run, resume, aside)
    found = open_workspace(workspace)
    with screen.working(as_json) as progress:
        result = bootstrap.run_nightly(found, wanted, night.Stages(progress))
    screen.show(night.answer(found, result), partial(draw.nightly, lang=lang), as_json)


@app.command(epilog=options.example("check", "check --json"))
def check(workspace: Folder = HERE, as_json: Json = False) -> None:
    """Verify the store, every file and hash of the published runs, and the pointer. Exit code 6: something is wrong."""
    found = open_workspace(workspace)
    with screen.working(as_json) as progress:
        task = progress.add_task("checking", total=None)
        report = bootstrap.check_workspace(found, lambda item: progress.update(task, description=item.what))
    screen.show(night.checked(report), draw.checked, as_json)
    report.demand()


@app.command(epilog=options.example("evaluate worlds/", "evaluate worlds/world-a --full --html report.html"))
def evaluate(
    folder: Annotated[Path, typer.Argument(help="a world with its truth, or a folder of worlds", metavar="DIR")],
    full: Annotated[bool, typer.Option("--full", help="also nulls, fewer referrals, nights: 28 more runs")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="also a page with plots, as one file", metavar="FILE")
    ] = None,
    workspace: NoFolder = None,
    as_json: Json = False,
) -> None:
    """Measure detection on worlds whose truth is known, beside naive baselines."""
    with screen.working(as_json) as progress:
        answer = evaluate_folder(folder, full, progress)
    write_page(answer, html)
    screen.show(answer, draw.evaluated, as_json)


@app.command(epilog=options.example("serve", "serve --port 9000"))
def serve(
    host: Annotated[str | None, typer.Option(help="interface; default: serve.host in the settings")] = None,
    port: Annotated[int | None, typer.Option(help="port; default: serve.port in the settings")] = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Serve the read API. Requests need the header X-API-Key with the key in the workspace's key file."""
    found = open_workspace(workspace)
    at = (host or found.settings.serve.host, port or found.settings.serve.port)
    screen.show(outcome.serving(*at, found.key_file), draw.serving, as_json)
    importlib.import_module("graphfraud_api.server").serve(found, *at)  # the API is a sibling: no import of it here


@app.command(epilog=options.example("version", "version --json"))
def version(workspace: NoFolder = None, as_json: Json = False) -> None:
    """Versions that findings may depend on, and the mapping profiles."""
    screen.show(outcome.versions(versions()), draw.version, as_json)
