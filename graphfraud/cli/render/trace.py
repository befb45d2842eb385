"""A trace drawn as a tree, with its certificate, the accounts on the way and the range over the rules."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from graphfraud.cli.render import parts
from graphfraud.cli.render.hypotheses import hypotheses
from graphfraud.cli.render.trace_words import KINDS, RULES, SAID, TITLES, end, payments
from graphfraud.core import clock
from graphfraud.core.money import show_yuan
from graphfraud.services.live.answer import LiveTraceAnswer
from graphfraud.services.sankey.words import span
from graphfraud.services.trace import TraceAnswer, TraceEnd, TraceEnvelope, TraceHop, TraceRange
from graphfraud.services.trace_export import TraceFileAnswer

DRAWN, LISTED, NAMED = 200, 20, 5  # hops in the tree, rows of a table, hops named in a line


def trace(answer: TraceAnswer, lang: str = "en") -> Group:
    """Heading, tree, certificate, accounts, range, notes."""
    said = SAID[lang]
    named = KINDS[lang][answer.start].format(answer.start_id)
    title = TITLES[lang][answer.direction].format(named)
    rule = said["rule"].format(answer.rule, RULES[lang][answer.rule])
    top = [parts.head(title, answer), Text(rule, style="dim")]
    below = (*_accounts(answer, lang), *ranges(answer, lang), *hypotheses(answer.hypotheses, lang))
    return Group(*top, *chain(answer, lang), *below, *_notes(answer, lang))


def trace_written(answer: TraceFileAnswer) -> Text:
    """Which files there are, and why a picture is not as was asked."""
    lines = [f"trace of {answer.start_id} under {answer.rule}, {parts.plural(answer.hops, 'hop')} → {answer.path}"]
    lines += [f"  with {file}" for file in answer.files if file != answer.path]
    return Text("\n".join(filter(None, [*lines, answer.note])))


def chain(answer: TraceAnswer | LiveTraceAnswer, lang: str = "en") -> Iterator[RenderableType]:
    """The tree and how the total is made up."""
    yield parts.indent(_Drawing(answer, lang).tree())  # type: ignore[arg-type]
    if len(answer.hops) > DRAWN:
        yield Text("  " + SAID[lang]["more"].format(f"{len(answer.hops) - DRAWN:,}"), style="yellow")
    yield from _totals(answer, lang)


class _Drawing:
    """The tree: a hop hangs on the parent that most of its money came by, and is named under its other parents."""

    def __init__(self, answer: TraceAnswer | LiveTraceAnswer, lang: str) -> None:
        self.answer, self.lang, self.said = answer, lang, SAID[lang]
        self.children: dict[int | None, list[TraceHop]] = {}
        self.again: dict[int, list[tuple[int, int]]] = {}  # hop → (child that hangs elsewhere, amount)
        for hop in answer.hops:
            ways = sorted(hop.parents, key=lambda p: (-p.amount, p.hop))
            self.children.setdefault(ways[0].hop if ways else None, []).append(hop)
            for way in ways[1:]:
                self.again.setdefault(way.hop, []).append((hop.number, way.amount))

    def tree(self) -> Tree:
        """Depth first, the largest first, as many hops as are drawn."""
        answer = self.answer
        line = Text(KINDS[self.lang][answer.start].format(answer.start_id), style="bold")
        line.append("  " + self.said["traced"].format(show_yuan(answer.total)), "bold")
        if answer.start == "case":
            line.append("  " + payments(len(answer.starts), self.lang), "not bold")
        root = Tree(line)
        stack = [(root, hop) for hop in self._under(None)]
        left = DRAWN
        while stack and left:
            left -= 1
            branch, hop = stack.pop()
            here = branch.add(self._line(hop))
            if hop.number in self.again:
                here.add(self._elsewhere(self.again[hop.number]))
            stack.extend((here, child) for child in self._under(hop.number))
        return root

    def _elsewhere(self, ways: list[tuple[int, int]]) -> Text:
        """The money of a hop that goes on in hops drawn under another parent, the largest first, in one line."""
        ranked = sorted(ways, key=lambda way: (-way[1], way[0]))
        total = show_yuan(sum(amount for _, amount in ranked))
        where = ", ".join(f"#{number}" for number, _ in ranked[:NAMED])
        if len(ranked) > NAMED:
            where += f" + {len(ranked) - NAMED:,}"
        return Text(self.said["again"].format(total, where), style="dim")

    def _under(self, parent: int | None) -> list[TraceHop]:
        """Hops under a parent, the largest last: the next to be drawn."""
        return sorted(self.children.get(parent, []), key=lambda h: (h.carried, -h.number))

    def _line(self, hop: TraceHop) -> Text:
        line = Text(self._who(hop) + "  ", style="bold")
        line.append(show_yuan(hop.carried), style="green not bold")
        if hop.carried != hop.amount:
            line.append(" " + self.said["of"].format(show_yuan(hop.amount)), style="not bold")
        line.append(f"  {clock.show(hop.time)}", style="not bold")
        if hop.dwell is not None:
            waited = self.said["before" if self.answer.direction == "up" else "after"]
            line.append("  " + waited.format(span(hop.dwell, "zh" if self.lang == "zh" else "en")), style="not bold")
        if hop.channel:
            line.append(f"  {hop.channel}", style="dim not bold")
        if hop.bank:
            line.append(f"  {hop.bank}", style="magenta not bold")
        if len(hop.parents) > 1:
            line.append("  " + self.said["ways"].format(hop.number, len(hop.parents)), style="cyan not bold")
        ends = ", ".join(self._end(e, len(hop.ends) == 1 and e.amount == hop.carried) for e in hop.ends)
        line.append(f"  [{ends}]" if ends else "", style="dim not bold")
        return line

    def _who(self, hop: TraceHop) -> str:
        """The other account of the payment: its payer going up and where money comes in, its payee going down."""
        payer, payee = hop.from_account or self.said["desk"], hop.to_account or self.said["desk"]
        if not hop.parents and self.answer.start != "account":
            return f"{payer} → {payee}"
        return f"← {payer}" if self.answer.direction == "up" or not hop.parents else f"→ {payee}"

    def _end(self, what: TraceEnd, whole: bool) -> str:
        words = end(what.reason, self.answer.direction, self.lang)
        return words if whole else f"{words} {show_yuan(what.amount)}"


def _totals(answer: TraceAnswer | LiveTraceAnswer, lang: str) -> Iterator[RenderableType]:
    """The certificate: every end, their sum, and the start beside it."""
    said = SAID[lang]
    table = parts.table(said["ends"], f">{said['yuan']}", f">{said['hops']}")
    for row in answer.ends:
        table.add_row(end(row.reason, answer.direction, lang), show_yuan(row.amount), f"{row.count:,}")
    table.add_row(said["total"], show_yuan(answer.coverage.sum), "", style="bold")
    table.add_row(said["start"], show_yuan(answer.coverage.start), "", style="bold")
    yield parts.indent(table)
    for cut in answer.cut:
        why = end(cut.reason, answer.direction, lang)
        yield Text("  " + said["cut"].format(payments(cut.payments, lang), why, show_yuan(cut.amount)), style="yellow")


def _accounts(answer: TraceAnswer, lang: str) -> Iterator[RenderableType]:
    """The accounts that hold most, then those that received most."""
    said = SAID[lang]
    if not answer.accounts:
        return
    yield parts.section(said["accounts"])
    money = [f">{said[name]}" for name in ("received", "held", "balance")]
    table = parts.table(f">{said['layer']}", f"*{said['account']}", *money, said["known"])
    ranked = sorted(answer.accounts, key=lambda a: (-a.held, -a.received, a.account_id))
    for a in ranked[:LISTED]:
        known = [a.holder_name, a.bank if a.outside else None, said["referred"] if a.referred else None]
        known += [said["level"].format(a.level) if a.level else None, a.ring_id]
        figures = (parts.yuan(x) for x in (a.received, a.held, a.balance))
        table.add_row(str(a.layer), a.account_id, *figures, parts.text(", ".join(k for k in known if k)))
    yield parts.indent(table)
    yield from _left(len(ranked), lang)


def _left(rows: int, lang: str) -> Iterator[RenderableType]:
    if rows > LISTED:
        yield Text("  " + SAID[lang]["left"].format(f"{rows - LISTED:,}"), style="dim")


def ranges(answer: TraceAnswer | LiveTraceAnswer, lang: str) -> Iterator[RenderableType]:
    """Certificates side by side, and the range of every account and payment."""
    spans, said = answer.envelope, SAID[lang]
    if spans is None:
        return
    yield parts.section(said["rules"])
    yield parts.indent(_certificates(spans, answer.direction, lang))
    yield parts.section(f"{said['range']}: {said[spans.measure]}")
    names = {start.number: start.payer or start.txn_id or "" for start in answer.starts}
    yield from _ranges([(r.account_id or "", r) for r in spans.accounts], lang)
    if len(spans.victims) > 1:
        yield parts.section(said["victims"])
        ranked = sorted(spans.victims, key=lambda r: (-r.high, -r.low, r.start or 0))
        yield from _ranges([(names[r.start or 0], r) for r in ranked], lang)


def _certificates(spans: TraceEnvelope, direction: str, lang: str) -> Table:
    said = SAID[lang]
    table = parts.table(said["ends"], *(f">{c.rule}" for c in spans.coverage))
    for part in ("held", "cash", "pooled", "merchant", "other_bank", "cut", "beyond", "unexplained", "sum"):
        amounts = [int(getattr(c.coverage, part)) for c in spans.coverage]
        if any(amounts):
            words = said.get(f"part {part}") or end(part.replace("_", " "), direction, lang)
            table.add_row(words, *map(show_yuan, amounts), style="bold" if part == "sum" else "")
    return table


def _ranges(rows: list[tuple[str, TraceRange]], lang: str) -> Iterator[RenderableType]:
    said = SAID[lang]
    table = parts.table(f"*{said['account']}", f">{said['low']}", f">{said['high']}", "")
    for name, found in rows[:LISTED]:
        least = ", ".join(rule for rule, amount in found.amounts.items() if amount == found.low)
        why = f"{said['decisive']} ({least})" if found.decisive else ""
        table.add_row(name, show_yuan(found.low), show_yuan(found.high), Text(why, style="yellow"))
    yield parts.indent(table)
    yield from _left(len(rows), lang)


def _notes(answer: TraceAnswer, lang: str) -> Iterator[RenderableType]:
    for note in answer.notes:
        yield Text("  " + (note.text_zh if lang == "zh" else note.text_en), style="yellow")
