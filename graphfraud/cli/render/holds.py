"""A plan of holds for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.core.findings import MILLION
from graphfraud.services.holds import HoldRow, HoldsAnswer, HoldsExported

DOES = {"whole": "hold", "partial": "hold a part", "ask": "ask bank for", "none": "not possible"}
SHORT = {"whole": "hold", "partial": "part", "ask": "ask bank", "none": "none"}
DETAILED = 10  # rows whose reason and order are shown


def holds(answer: HoldsAnswer, lang: str = "en") -> Group:
    """Order, money, reasons."""
    return Group(*_parts(answer, lang))


def _parts(answer: HoldsAnswer, lang: str) -> Iterator[RenderableType]:
    delay = clock.show_span(answer.delay) if answer.delay else "at once"
    yield parts.head(f"Holds for case {answer.case_no}, in effect {'after ' if answer.delay else ''}{delay}", answer)
    reports = parts.plural(answer.victims, "report")
    yield Text(
        f"  {reports}, {parts.plural(answer.payments, 'payment')}: {parts.yuan(answer.start)} yuan; rule {answer.rule}"
    )
    if answer.holds:
        yield parts.indent(_order(answer))
        yield from _rest(answer)
        yield parts.section("What to hold, and why")
        for row in answer.holds[:DETAILED]:
            yield parts.bullet(_said(row, lang))
    yield parts.section("Where the money of the case is, yuan")
    yield parts.indent(_where(answer))
    for note in answer.notes_zh if lang == "zh" else answer.notes_en:
        yield Text(f"  {note}", style="yellow")


def _order(answer: HoldsAnswer) -> Table:
    """What fits a line of 120; layer, net gain and the rest are in the JSON and the files."""
    table = parts.table(">", "*account", "*what", ">now", ">range", ">expected", ">lost/h", ">hurts", ">sum")
    for row in answer.holds:
        span = parts.yuan(row.low) if row.low == row.high else f"{parts.yuan(row.low)}–{parts.yuan(row.high)}"
        table.add_row(
            str(row.rank), row.account_id, SHORT[row.action], parts.yuan(row.recoverable),
            f"{span}{' !' if row.decisive else ''}", parts.yuan(row.expected), parts.yuan(row.loss_per_hour),
            parts.yuan(row.collateral), parts.yuan(row.cumulative),
            style="dim" if row.action == "none" else None,
        )  # fmt: skip
    t = answer.totals
    whole = f"{parts.yuan(t.low)}–{parts.yuan(t.high)}"
    table.add_row(
        "", f"{t.accounts:,} in all", "", parts.yuan(t.recoverable), whole, parts.yuan(t.expected),
        parts.yuan(t.loss_per_hour), parts.yuan(t.collateral), "", style="bold",
    )  # fmt: skip
    return table


def _rest(answer: HoldsAnswer) -> Iterator[RenderableType]:
    if answer.left_out:
        left = parts.plural(answer.left_out, "account")
        yield Text(f"  {left} more with {parts.yuan(answer.left_out_expected)} yuan expected (--limit)", style="yellow")
    if any(row.decisive for row in answer.holds):
        yield Text("  ! the rule changes the decision: nothing under one, something under another", style="dim")
    t = answer.totals
    share = f"{t.unknown / MILLION:.1%}"
    yield Text(
        f"  Balances are known ones, never below 0; {parts.yuan(t.unexplained)} yuan ({share}) of what left these"
        " accounts came from nowhere we know, so true balances may be higher.",
        style="dim",
    )


def _said(row: HoldRow, lang: str) -> str:
    order = row.order
    name = f" ({parts.text(order.holder_name)})" if order.holder_name else ""
    payer = parts.text(order.payer) if order.payer else "cash"
    balance = "(balance not known)" if row.balance is None else f"of balance {parts.yuan(row.balance)}"
    line = (
        f"[bold]{row.rank}. {parts.text(row.account_id)}[/]{name}: {DOES[row.action]} {parts.yuan(order.amount)}"
        f" {balance}. {parts.reason(row.reason_zh, row.reason_en, lang)}"
        f" Named by payment {parts.text(order.txn_id)} of {clock.show(order.time)}:"
        f" {parts.yuan(order.payment)} from {payer}."
    )
    if row.action != "none":
        line += f" Until {clock.show(order.until, seconds=False)}."
    return line


def _where(answer: HoldsAnswer) -> Table:
    names = ("held", "cash", "pooled", "merchant", "other_bank", "cut", "beyond", "unexplained", "start")
    shown = [n for n in names if n in ("held", "start") or any(getattr(w, n) for w in answer.where)]
    table = parts.table("*rule", *(f">{n.replace('_', ' ')}" for n in shown))
    for where in answer.where:
        table.add_row(where.rule, *(parts.yuan(getattr(where, n)) for n in shown))
    return table


def holds_written(answer: HoldsExported) -> Text:
    """What was written where."""
    masked = "; names are masked (--unmask REASON)" if answer.masked else ""
    rows = parts.plural(answer.rows, "request")
    return Text(f"{rows} of case {answer.case_no} written to {answer.path} ({answer.format}, {answer.profile}){masked}")
