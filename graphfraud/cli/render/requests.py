"""Data requests: what other banks' statements would explain, under each rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.services.requests import BankRequest, DataRequest, Explained, Requests, RequestsAnswer

WORDED = 3  # requests whose wording is shown


@dataclass(frozen=True)
class Way:
    """How one direction is called."""

    title: str
    total: str
    lost: str


DOWN = Way("Where the victims' money went", "what the victims paid", "lost sight of at other banks")
UP = Way("Where else the referred accounts' money came from", "what else came in", "from other banks")


def requests(answer: RequestsAnswer, lang: str = "en", limit: int = 10) -> Group:
    """Best request, tables of both directions."""
    return Group(*_parts(answer, lang, limit))


def _parts(answer: RequestsAnswer, lang: str, limit: int) -> Iterator[RenderableType]:
    about = f"case {answer.case_no}" if answer.case_no else parts.plural(answer.cases, "case")
    yield parts.head(f"Data requests: {about}", answer)
    if answer.nothing:
        yield Text(f"  {answer.text_zh if lang == 'zh' else answer.text_en}", style="yellow")
    for way, found in ((DOWN, answer.down), (UP, answer.up)):
        if found.total:
            yield from _direction(way, found, lang, limit)
    if answer.untraced:
        names = ", ".join(answer.untraced[:limit])
        more = len(answer.untraced) - limit
        yield Text(f"  no victim's payment could be identified in: {names}{f' and {more:,} more' if more > 0 else ''}")


def _direction(way: Way, found: Requests, lang: str, limit: int) -> Iterator[RenderableType]:
    share = f"{parts.percent(found.lost.share_low)} to {parts.percent(found.lost.share_high)}"
    yield parts.section(f"{way.title}: {parts.yuan(found.total)} yuan, {share} {way.lost}")
    yield parts.indent(_table(way, found, limit))
    for request in found.accounts[:WORDED]:
        yield parts.bullet(parts.reason(request.text_zh, request.text_en, lang))
    for bank in found.banks if len(found.accounts) > 1 else []:
        yield parts.bullet(parts.reason(bank.text_zh, bank.text_en, lang))
    if found.cut.high:
        low, high = parts.yuan(found.cut.low), parts.yuan(found.cut.high)
        yield Text(f"  {low} to {high} yuan were cut by limits (--depth, --window-days, --max-hops)", style="dim")


def _table(way: Way, found: Requests, limit: int) -> Table:
    """One row a request, the rest together, and their sum under each rule."""
    rules = list(found.lost.by_rule)
    table = parts.table("*account", "*bank", ">payments", *(f">{rule}" for rule in rules))
    for request in found.accounts[:limit]:
        amounts = (parts.yuan(request.explains.by_rule[rule]) for rule in rules)
        table.add_row(request.account_id, request.bank or "?", f"{request.payments:,}", *amounts)
    rest = found.accounts[limit:]
    if rest:
        table.add_row(f"{len(rest):,} more", "", f"{sum(r.payments for r in rest):,}", *_sums(rest, rules))
    payments = sum(r.payments for r in found.accounts)
    table.add_row("total", "", f"{payments:,}", *(parts.yuan(found.lost.by_rule[r]) for r in rules), style="bold")
    return table


def _sums(requests: Sequence[DataRequest | BankRequest], rules: Sequence[str]) -> list[str]:
    explained: list[Explained] = [r.explains for r in requests]
    return [parts.yuan(sum(e.by_rule[rule] for e in explained)) for rule in rules]
