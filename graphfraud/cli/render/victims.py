"""Possible victims and next victims."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.victims import Contact, NextVictim, NextVictimsAnswer, PossibleVictim, VictimsAnswer


def victims(answer: VictimsAnswer, lang: str = "en") -> Group:
    """A list to call from."""
    return Group(*_victims(answer, lang))


def next_victims(answer: NextVictimsAnswer, lang: str = "en") -> Group:
    """A list to call from."""
    return Group(*_next(answer, lang))


def _victims(answer: VictimsAnswer, lang: str) -> Iterator[RenderableType]:
    yield parts.head("Possible victims", answer)
    counts = ", ".join(f"{count:,} {grade}" for grade, count in answer.payers.items())
    yield Text(f"Payers of referred accounts and rings who have not reported: {counts}; {answer.reported:,} have")
    for payer in answer.shown:
        paid = f"{parts.plural(payer.payments, 'payment')}, {parts.yuan(payer.total)} yuan"
        yield _line(payer, f"{payer.grade}, {payer.points} points: {paid}")
        yield parts.bullet(parts.reason(payer.reason_zh, payer.reason_en, lang))
    yield from _end(len(answer.shown), answer.total, answer.left_out, "")


def _next(answer: NextVictimsAnswer, lang: str) -> Iterator[RenderableType]:
    yield parts.head("Who may pay next", answer)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in answer.payers.items()) or "none"
    yield Text(f"Payers of rings at work in the last 72 h: {counts}")
    for payer in answer.shown:
        yield _line(payer, f"{payer.kind}, {payer.points} points: {parts.yuan(payer.amount)} yuan")
        yield parts.bullet(parts.reason(payer.reason_zh, payer.reason_en, lang))
    yield from _end(len(answer.shown), answer.total, answer.left_out, "--next ")


def _line(payer: PossibleVictim | NextVictim, said: str) -> Text:
    line = Text(f"  {payer.rank}. {payer.account_id}", style="bold")
    line.append(f"  {said}", "not bold")
    line.append(f"\n     {_called(payer.contact)}to {payer.payee} ({payer.ring_id or 'referred'})", "not bold dim")
    line.append(f" at {clock.show(payer.time, seconds=False)}, {payer.txn_id}", "not bold dim")
    return line


def _called(contact: Contact) -> str:
    through = (
        None if contact.other_bank is None else f"customer of {contact.other_bank or 'another bank'}: warn through it"
    )
    known = [text for text in (contact.holder_name, contact.phone, through) if text]
    return f"{' '.join(known)}; " if known else ""


def _end(shown: int, total: int, left_out: int, option: str) -> Iterator[Text]:
    yield Text(f"Total of the {parts.plural(shown, 'payer')} shown: {parts.yuan(total)} yuan", style="bold")
    if left_out:
        yield Text(f"  … {left_out:,} more: graphfraud victims {option}--limit {shown + left_out}", style="dim")
