"""Commands that recommend: which accounts to hold first, who gets frozen money back. Neither does anything itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from graphfraud.cli import options, screen
from graphfraud.cli.options import HERE, Folder, Json, Lang, Run, Unmask
from graphfraud.cli.reading import reading
from graphfraud.cli.render import holds as draw
from graphfraud.cli.render import restitution as draw_sheets
from graphfraud.services import holds as planning
from graphfraud.services import restitution as returning

app = typer.Typer()
Out = typer.Option("--out", "-o", help="write the requests to a file with the platform's field names", metavar="FILE")
Profile = typer.Option("--profile", help="the platform's field names (TOML); default: ours", metavar="FILE")
Returned = typer.Option("--returned", help="what a victim has got back already, in yuan", metavar="ACCOUNT=YUAN")


@app.command(
    epilog=options.example("holds 案00001 --delay 1h", "holds 案00001 --delay 30m --rule lifo --out holds.xlsx")
)
def holds(
    case: Annotated[str, typer.Argument(help="case number", show_default=False)],
    delay: Annotated[str, typer.Option(help="time until a hold takes effect: 0, 30m, 1h, 6h, 2d")] = "1h",
    rule: Annotated[str, typer.Option(help="fifo, lifo, pro-rata, libr, taint-first; all: their range")] = "all",
    limit: Annotated[int, typer.Option(help="accounts shown or written; the rest is counted")] = 20,
    out: Annotated[Path | None, Out] = None,
    format_: Annotated[str | None, typer.Option("--format", help=", ".join(planning.FORMATS))] = None,
    profile: Annotated[Path | None, Profile] = None,
    run: Run = None,
    unmask: Unmask = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Which accounts of a case to hold first: what each saves, how fast it goes, whom it would hurt."""
    request = planning.HoldRequest(case, planning.parse_delay(delay), rule, limit)
    with reading(workspace, run) as read:
        answer = planning.holds(read.run, request, read.workspace.settings.holds, read.lens(unmask, case))
        if out is None:
            screen.show(answer, partial(draw.holds, lang=lang), as_json)
        else:
            written = planning.export_orders(read.run, answer, out, format_, planning.profile(profile))
            screen.show(written, draw.holds_written, as_json)


@app.command(
    epilog=options.example("restitution 6217000001504402 --amount 12000", "restitution --case 案00001 --lang zh")
)
def restitution(
    account: Annotated[str | None, typer.Argument(help="account whose money is frozen", show_default=False)] = None,
    case: Annotated[str | None, typer.Option(help="every account that holds money of this case")] = None,
    amount: Annotated[float | None, typer.Option(help="frozen, in yuan; default: the known balance")] = None,
    earlier: Annotated[float, typer.Option(help="part of it that earlier freezes cover, in yuan")] = 0.0,
    returned: Annotated[list[str] | None, Returned] = None,
    run: Run = None,
    unmask: Unmask = None,
    lang: Lang = "en",
    workspace: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Who could get what of frozen money: by the three-branch rule, with branch and reason, to the fen."""
    frozen = None if amount is None else options.fen(amount)
    before = options.amounts(returned or [])
    request = returning.RestitutionRequest(account, case, frozen, options.fen(earlier), before)
    with reading(workspace, run) as read:
        lens = read.lens(unmask, account or case or "restitution")
        answer = returning.restitution(read.run, request, read.workspace.settings.holds, lens)
        screen.show(answer, partial(draw_sheets.restitution, lang=lang), as_json)
