"""A chain drawn as a tree, with its totals."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.core.money import show_yuan
from graphfraud.services.trace import TraceAnswer, TraceEnd, TraceHop

TITLES = {"up": "Where the money of {} came from", "down": "Where the money of {} went"}

#: words for the reasons a way ends
SAID: dict[str, dict[str, str]] = {
    "up": {"cash": "paid in in cash", "opening": "opening balance", "unexplained": "no known source"},
    "down": {"cash": "taken out in cash", "held": "still here"},
    "both": {
        "pooled": "payment company",
        "merchant": "merchant",
        "waited": "waited too long",
        "small": "too small",
        "depth": "too deep",
        "breadth": "too many ways",
    },
}


def trace(answer: TraceAnswer, lang: str = "en") -> Group:
    """The chain with a heading."""
    title = TITLES[answer.direction].format(answer.account_id)
    return Group(parts.head(title, answer), *chain(answer))


def chain(answer: TraceAnswer) -> Iterator[RenderableType]:
    """The tree, the line under it, and how the total is made up."""
    yield parts.indent(_tree(answer))  # type: ignore[arg-type]
    yield from _totals(answer)


def _tree(answer: TraceAnswer) -> Tree:
    root = Tree(Text(f"{answer.account_id}  {show_yuan(answer.total)} yuan traced", style="bold"))
    branch: dict[int | None, Tree] = {None: root}
    for hop in answer.hops:
        branch[hop.number] = branch[hop.parent].add(_line(hop, answer.direction))
    return root


def _line(hop: TraceHop, direction: str) -> Text:
    """The other account of the payment: its payer going up and where money comes in, its payee going down."""
    inward = direction == "up" or hop.parent is None
    other = hop.from_account if inward else hop.to_account
    line = Text(f"{'←' if inward else '→'} {other or 'cash desk'}  ", style="bold")
    line.append(show_yuan(hop.carried), style="green not bold")
    if hop.carried != hop.amount:
        line.append(f" of {show_yuan(hop.amount)}", style="not bold")
    line.append(f"  {clock.show(hop.time)}", style="not bold")
    if hop.dwell is not None:
        line.append(f"  {'before' if direction == 'up' else 'after'} {clock.show_span(hop.dwell)}", style="not bold")
    ends = ", ".join(_end(end, direction, len(hop.ends) == 1 and end.amount == hop.carried) for end in hop.ends)
    line.append(f"  [{ends}]" if ends else "", style="dim not bold")
    return line


def _end(end: TraceEnd, direction: str, whole: bool) -> str:
    said = SAID[direction].get(end.reason, SAID["both"].get(end.reason, end.reason))
    return said if whole else f"{said} {show_yuan(end.amount)}"


def _totals(answer: TraceAnswer) -> Iterator[RenderableType]:
    table = parts.table("where it ends", ">yuan")
    for end in answer.ends:
        table.add_row(_end(end, answer.direction, whole=True), show_yuan(end.amount))
    table.add_row("total", show_yuan(answer.total), style="bold")
    yield parts.indent(table)
    for cut in answer.cut:
        said = SAID["both"].get(cut.reason, cut.reason)
        yield Text(f"  {parts.plural(cut.ways, 'way')} cut, {said}; the money is in the table", style="yellow")
