"""Commands that bring facts in: init, ingest, quarantine, refer, withdraw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli import render as draw
from graphfraud.cli.desk import Watching, desk
from graphfraud.cli.lazy import bootstrap, outcome, referring
from graphfraud.cli.lazy import quarantine as quarantined
from graphfraud.cli.options import HERE, Folder, Json

app = typer.Typer()
quarantine = typer.Typer(no_args_is_help=True, help="Rows that could not be used: list them, correct them.")
app.add_typer(quarantine, name="quarantine")


@app.command(epilog=options.example("init work --sample", "init work"))
def init(
    folder: Annotated[Path, typer.Argument(help="the folder of the new workspace", metavar="DIR")],
    sample: Annotated[bool, typer.Option("--sample", help="load the sample that comes with graphfraud")] = False,
    store: Annotated[str, typer.Option(help="what holds the facts: embedded")] = "embedded",
    as_json: Json = False,
) -> None:
    """Make a workspace: a folder with settings, store, ledger, key and runs."""
    with screen.working(as_json) as progress:
        made = bootstrap.initialise(folder, options.store(store), sample, Watching(progress))
        progress.add_task("preparing compiled code (once per installation)", total=None)
        bootstrap.warm_cache()
    screen.show(outcome.initialised(made.workspace, made.ingested), draw.initialised, as_json)


@app.command(epilog=options.example("ingest feed/", "ingest statement.csv --profile police-statement"))
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="files, or folders with files named as the tables")],
    profile: Annotated[str | None, typer.Option(help="mapping profile; default: recognised by the columns")] = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Load files. Loading the same or overlapping files again changes nothing; bad rows go into quarantine."""
    found = bootstrap.open_workspace(workspace)
    with screen.working(as_json) as progress:
        report = bootstrap.ingest(found, paths, profile, Watching(progress))
    screen.show(outcome.ingested(report), draw.ingested, as_json)
    raise typer.Exit(report.exit_code)


@quarantine.command("list", epilog=options.example("quarantine list", "quarantine list --out bad.csv"))
def quarantine_list(
    table: Annotated[str | None, typer.Option(help="only rows of this table")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="write them to a CSV for correction")] = None,
    unmask: options.Unmask = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Rows that could not be used, with file, line, column, value and reason."""
    with desk(workspace) as at:
        if out is not None:
            quarantined.quarantine_export(at.ledger, out, at.actor, table)
        opened = None if unmask is None else (at.actor, unmask)
        entries = quarantined.quarantine_list(at.ledger, "open", table, opened)
        answer = outcome.quarantine(at.ledger.quarantine_counts(), entries, out)
    screen.show(answer, draw.quarantine, as_json)


@quarantine.command("fix", epilog=options.example("quarantine fix 12 amount=100000", "quarantine fix bad.csv"))
def quarantine_fix(
    what: Annotated[str, typer.Argument(help="id of a row, or a corrected file of `quarantine list --out`")],
    values: Annotated[list[str] | None, typer.Argument(help="column=value, of the source's columns")] = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Correct rows and load them."""
    with desk(workspace) as at, at.into() as into:
        if what.isdecimal():
            report = quarantined.quarantine_fix(int(what), options.assignments(values or []), into)
        else:
            report = quarantined.quarantine_fix_file(Path(what), into)
    screen.show(outcome.fixed(report), draw.fixed, as_json)


@app.command(epilog=options.example("refer 6217000001504402 --case 2026-017 --authority 徐汇分局", "refer refer.csv"))
def refer(
    what: Annotated[str, typer.Argument(help="account number, or a file of referrals", metavar="ACCOUNT|FILE")],
    case: Annotated[str | None, typer.Option(help="case number", metavar="NO")] = None,
    authority: Annotated[str | None, typer.Option(help="who refers", metavar="NAME")] = None,
    victim_payment: Annotated[str | None, typer.Option(help="the reported payment", metavar="TXN_ID")] = None,
    at: Annotated[str | None, typer.Option(help="when it was referred; default: now", metavar="TIME")] = None,
    profile: Annotated[str | None, typer.Option(help="mapping profile of the file")] = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Take in a referral of the police. Accepted also while a run holds the store; applied next."""
    with desk(workspace) as here:
        if case is None and authority is None and Path(what).is_file():
            came = referring.refer_file(Path(what), here.ledger, here.workspace.settings, profile)
            answer = here.deliver([*came.items], came.quarantined)
        else:
            told = options.referral(what, case, authority, victim_payment, at)
            answer = here.deliver([referring.refer_account(told, here.ledger)])
    screen.show(answer, draw.referred, as_json)


@app.command(epilog=options.example('withdraw M0123456789AB --reason "wrong account number"'))
def withdraw(
    referral_id: Annotated[str, typer.Argument(help="as `graphfraud refer` or the file gave it")],
    reason: Annotated[str, typer.Option(help="why it is withdrawn")],
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Withdraw a referral: the next run is as if it had never been made."""
    with desk(workspace) as here:
        answer = here.deliver([referring.withdraw(referral_id, reason, here.ledger, here.actor)])
    screen.show(answer, draw.referred, as_json)
