"""Restitution sheets for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.restitution import RestitutionAnswer, RestitutionSheet


def restitution(answer: RestitutionAnswer, lang: str = "en") -> Group:
    """One sheet after the other, and their sum."""
    return Group(*_parts(answer, lang))


def _parts(answer: RestitutionAnswer, lang: str) -> Iterator[RenderableType]:
    of = f"account {answer.account_id}" if answer.account_id else f"case {answer.case_no}"
    yield parts.head(f"Restitution: {of}", answer)
    for sheet in answer.sheets:
        yield from _sheet(sheet, lang)
    if not answer.sheets:
        yield Text("  No account of ours holds money of this case.", style="yellow")
    if len(answer.sheets) > 1:
        sums = f"{parts.yuan(answer.returned)} to victims + {parts.yuan(answer.rest)} not theirs"
        yield Text(f"\n{len(answer.sheets)} accounts: {parts.yuan(answer.available)} yuan = {sums}", style="bold")
    yield Text(f"  {answer.note_zh if lang == 'zh' else answer.note_en}", style="yellow")


def _sheet(sheet: RestitutionSheet, lang: str) -> Iterator[RenderableType]:
    branch = f"branch {sheet.branch}" if sheet.branch else "nothing to return"
    yield parts.section(f"{sheet.account_id}: {parts.yuan(sheet.available)} yuan available, {branch}")
    net = f" less {parts.yuan(sheet.earlier)} of earlier freezes" if sheet.earlier else ""
    yield Text(f"  frozen {parts.yuan(sheet.frozen)}{net}; known balance {parts.yuan(sheet.balance)}", style="dim")
    yield parts.indent(parts.reason(sheet.reason_zh, sheet.reason_en, lang))
    if sheet.shares:
        yield parts.indent(_table(sheet))
    if sheet.notice_until is not None:
        until = clock.show(sheet.notice_until, seconds=False)
        yield Text(f"  Notice of {sheet.notice_days} days: nothing is returned before {until}.", style="yellow")


def _table(sheet: RestitutionSheet) -> Table:
    methods = list(sheet.shares[0].held)
    table = parts.table("*victim", "case", ">lost here", ">owed", *(f">{m}" for m in methods), ">to return")
    for s in sheet.shares:
        own = (parts.yuan(s.held[m]) for m in methods)
        name = f"{s.victim} {s.holder_name}" if s.holder_name else s.victim
        table.add_row(name, ", ".join(s.cases), parts.yuan(s.loss), parts.yuan(s.owed), *own, parts.yuan(s.amount))
    blank = [""] * len(methods)
    table.add_row("not these victims'", "", "", "", *blank, parts.yuan(sheet.rest))
    total = [parts.yuan(sum(s.held[m] for s in sheet.shares)) for m in methods]
    losses = parts.yuan(sum(s.loss for s in sheet.shares))
    owed = parts.yuan(sum(s.owed for s in sheet.shares))
    table.add_row("total", "", losses, owed, *total, parts.yuan(sheet.available), style="bold")
    return table
