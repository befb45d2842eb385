"""Commands that read a published run: network, ring, trace, risk, runs, export."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import bulk, options, screen
from graphfraud.cli import live as lives
from graphfraud.cli import render as draw
from graphfraud.cli.lazy import counterfactual
from graphfraud.cli.options import HERE, Account, Folder, Json, Lang, Run, Unmask
from graphfraud.cli.reading import reading
from graphfraud.services import account as accounts
from graphfraud.services import export as exports
from graphfraud.services import network as networks
from graphfraud.services import ring as rings
from graphfraud.services import risk as risks
from graphfraud.services import runs as catalogue
from graphfraud.services import trace as traces
from graphfraud.services import trace_export as papers
from graphfraud.services.neighbourhood import Bounds
from graphfraud.services.workspace import open_workspace

app = typer.Typer()
Paper = typer.Option("--out", "-o", help="write it to a file; the format is by its ending", metavar="FILE")
Txn = typer.Option(
    "--txn", "--payment", help="a transfer; with an account, only this payment into it", metavar="TXN_ID"
)
BULK = 'export neo4j-admin --out bulk/ --unmask "move to Neo4j, ticket 4711"'


@app.command(epilog=options.example("network 6217000001504402", "network 6217000001504402 --hops 1 --since 2026-03-01"))
def network(
    account: Account,
    hops: Annotated[int, typer.Option(help="how far to go, 1 to 4")] = 2,
    since: Annotated[str | None, typer.Option(help="payments from this time on", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option(help="payments before this time", metavar="TIME")] = None,
    min_yuan: Annotated[float, typer.Option(help="payments of at least this many yuan")] = 0.0,
    max_degree: Annotated[int, typer.Option(help="more counterparties make a hub, which is not crossed")] = 100,
    max_accounts: Annotated[int, typer.Option(help="accounts shown; the rest is counted")] = 200,
    run: Run = None,
    unmask: Unmask = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Who an account pays, is paid by and shares identifiers with, some hops around it."""
    window = options.moment(since), options.moment(until)
    bounds = Bounds(hops, *window, options.fen(min_yuan), max_degree, max_accounts)
    with reading(workspace, run) as read:
        answer = networks.network(read.run, account, bounds, read.lens(unmask, account))
        screen.show(answer, draw.network, as_json)


@app.command(epilog=options.example("ring R-1f2e3d4c", "ring 6217000001504402 --json"))
def ring(
    ring_or_account: Annotated[str, typer.Argument(help="ring id, or an account number: the ring it is in")],
    run: Run = None,
    unmask: Unmask = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """A ring: members and roles, what binds it, where it came from."""
    with reading(workspace, run) as read:
        answer = rings.ring_or_account(read.run, ring_or_account, read.lens(unmask, ring_or_account))
        screen.show(answer, partial(draw.ring, lang=lang), as_json)


@app.command(
    epilog=options.example(
        "trace 6217000001504402", "trace --case 案00001 --rule all", "trace --txn X000000042 --out money.svg"
    )
)
def trace(
    account: Annotated[str | None, typer.Argument(help="account: the money that came into it")] = None,
    txn: Annotated[str | None, Txn] = None,
    case: Annotated[str | None, typer.Option(help="every victim's payment of a case", metavar="NO")] = None,
    referral: Annotated[str | None, typer.Option(help="the victim's payment of a referral", metavar="ID")] = None,
    direction: Annotated[str | None, typer.Option(help="up: where money came from; down: where it went")] = None,
    rule: Annotated[
        str, typer.Option(help="fifo, lifo, pro-rata, libr, taint-first; all: the five and their range")
    ] = "lifo",
    depth: Annotated[int, typer.Option(help="longest chain, in payments")] = 6,
    max_hops: Annotated[int, typer.Option(help="payments followed per start; the rest is counted")] = 200,
    min_yuan: Annotated[float, typer.Option(help="parts below this many yuan end the way")] = 0.0,
    window_days: Annotated[float, typer.Option(help="money that waited longer ends the way")] = 7.0,
    horizon: Annotated[
        str | None, typer.Option(help="payments after this time are not looked at", metavar="TIME")
    ] = None,
    since: Annotated[str | None, typer.Option(help="money that came in from this time on", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option(help="money that came in before this time", metavar="TIME")] = None,
    out: Annotated[Path | None, Paper] = None,
    format_: Annotated[str | None, typer.Option("--format", help=f"of the file: {', '.join(papers.FORMATS)}")] = None,
    live: lives.Live = False,
    max_degree: lives.Degree = None,
    run: Run = None,
    unmask: Unmask = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Where money came from (up) or went (down), payment by payment, every fen accounted for.

    Up from an account by default; down from a transfer, a case or a referral.
    """
    limits = traces.TraceLimits(depth, max_hops, options.fen(min_yuan), window_days, options.moment(horizon))
    window = options.moment(since), options.moment(until)
    request = traces.TraceRequest(account, txn, case, referral, direction, rule, *window, limits)
    if live:
        lives.told(lives.traced(workspace, request, max_degree, run=run, unmask=unmask), (out, format_), lang, as_json)
        return
    with reading(workspace, run) as read:
        answer = traces.trace(read.run, request, read.lens(unmask, request.named))
    if papers.wanted(out, format_):
        screen.show(papers.export_trace(answer, out, format_, lang), draw.trace_written, as_json)
    else:
        screen.show(answer, partial(draw.trace, lang=lang), as_json)


@app.command(epilog=options.example("risk 6217000001504402", "risk 6217000001504402 --what-if --lang zh"))
def risk(
    account: Account,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="the fewest facts without which its level would be lower; takes a while")
    ] = False,
    run: Run = None,
    unmask: Unmask = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """The score of an account, its reasons, and the facts the bank has on it (masked)."""
    with reading(workspace, run) as read:
        lens = read.lens(unmask, account)
        facts = accounts.account(read.run, account, lens)
        without = None
        if what_if:
            with screen.working(as_json) as progress:
                progress.add_task("taking facts away, one after another", total=None)
                longest = read.workspace.settings.serve.what_if_s
                without = counterfactual.what_if(read.run, account, lens, seconds=longest)
        screen.show(risks.risk_sheet(read.run, facts, without), partial(draw.risk_sheet, lang=lang), as_json)


@app.command(epilog=options.example("runs", "runs RUN_ID --json"))
def runs(
    run_id: Annotated[str | None, typer.Argument(help="show the manifest of this run")] = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Published runs, oldest first; or the manifest of one."""
    found = open_workspace(workspace).runs
    if run_id is None:
        screen.show(catalogue.runs(found), draw.runs, as_json)
    else:
        screen.show(catalogue.manifest(found, run_id), draw.manifest, as_json)


@app.command(epilog=options.example("export scores --out scores.csv", "export rings --out rings.graphml", BULK))
def export(
    kind: Annotated[str, typer.Argument(help=", ".join((*exports.KINDS, bulk.KIND)))],
    out: Annotated[Path, typer.Option("--out", "-o", help="the file to write, or a new folder", metavar="PATH")],
    format_: Annotated[
        str | None, typer.Option("--format", help=f"{', '.join(exports.FORMATS)}; default: by the file's ending")
    ] = None,
    run: Run = None,
    unmask: Unmask = None,
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Write findings to a file: table, spreadsheet or graph. Or every fact, as files for a bulk import into Neo4j."""
    if bulk.check(kind, unmask, run=run, format=format_):
        screen.show(bulk.exported(workspace, out, unmask, as_json), draw.bulk_exported, as_json)
        return
    with reading(workspace, run) as read, screen.working(as_json) as progress:
        progress.add_task(f"writing {out.name}", total=None)
        answer = exports.export(read.run, kind, out, format_)
    screen.show(answer, draw.exported, as_json)
