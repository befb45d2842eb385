"""A ring."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.ring import Evidence, Ring, RingAnswer


def ring(answer: RingAnswer, lang: str = "en") -> Group:
    """The ring, or that there is none."""
    if answer.ring is None:
        return Group(parts.head(f"Account {answer.account_id} is in no ring at this run", answer))
    return Group(parts.head(f"Ring {answer.ring.ring_id} ({answer.ring.kind})", answer), *_parts(answer.ring, lang))


def _parts(found: Ring, lang: str) -> Iterator[RenderableType]:
    share = f"{found.referred_members} referred ({parts.percent(found.referred_share)})"
    span = f"{clock.show(found.first_time, seconds=False)} – {clock.show(found.last_time, seconds=False)}"
    money = f"{parts.yuan(found.inside_amount)} yuan moved between members, {span}"
    why = parts.reason(found.reason_zh, found.reason_en, lang)
    yield Text.from_markup(f"  {parts.plural(found.members, 'member')}, {share}\n  {money}\n  {why}")
    yield parts.section("Members")
    table = parts.table("*account", "*role", ">score", ">level", "")
    for who in found.accounts:
        notes = ("REFERRED" if who.referred else "", "loose" if who.loose else "")
        row = (who.account_id, who.role or "–", parts.score(who.score))
        table.add_row(*row, parts.level(who.level), " ".join(n for n in notes if n))
    yield parts.indent(table)
    if found.evidence:
        yield parts.section("What binds it")
        table = parts.table("*kind", "why", ">weight")
        for item in found.evidence:
            weight = "" if item.weight is None else parts.score(item.weight)
            table.add_row(item.kind, _why(item, lang), weight)
        yield parts.indent(table)
    for event in found.lineage:
        yield Text(f"  {event.event}" + (f" from {event.previous_ring_id}" if event.previous_ring_id else ""), "dim")


def _why(item: Evidence, lang: str) -> str:
    said = parts.reason(item.reason_zh, item.reason_en, lang)
    if said and item.account_a and item.account_b:
        return parts.text(f"{item.account_a} → {item.account_b}: ") + said
    if said:
        return said
    if item.identifier_value:
        return parts.text(f"{item.identifier_kind} {item.identifier_value}, {item.holders} holders")
    return parts.text(f"{item.account_a} → {item.account_b}: {item.payments} payments, {parts.yuan(item.amount)} yuan")
