"""The neighbourhood of an account."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.network import NetworkAnswer

SHOWN = 30


def network(answer: NetworkAnswer, lang: str = "en") -> Group:
    """Accounts, payments, shared identifiers, and what the limits left out."""
    return Group(*_parts(answer))


def _parts(answer: NetworkAnswer) -> Iterator[RenderableType]:
    yield parts.head(f"Network of account {answer.account_id}, {parts.plural(answer.hops, 'hop')}", answer)
    yield parts.section(f"{parts.plural(len(answer.accounts), 'account')}")
    accounts = parts.table("*account", ">hop", ">score", ">level", "*ring", "")
    for node in answer.accounts[:SHOWN]:
        note = "REFERRED" if node.referred else (f"{node.end}: not crossed" if node.end else "")
        row = (node.account_id, str(node.hop), parts.score(node.score))
        accounts.add_row(*row, parts.level(node.level), node.ring_id or "–", note)
    yield parts.indent(accounts)
    yield _more(len(answer.accounts))
    yield parts.section(f"{parts.plural(len(answer.flows), 'paying pair')}, {parts.yuan(answer.amount)} yuan")
    flows = parts.table("*payer", "*payee", ">payments", ">yuan", "*last")
    for pair in answer.flows[:SHOWN]:
        ends = (pair.payer or "cash desk", pair.payee or "cash desk")
        last = clock.show(pair.last_time, seconds=False)
        flows.add_row(*map(parts.text, ends), f"{pair.payments:,}", parts.yuan(pair.amount), last)
    yield parts.indent(flows)
    yield _more(len(answer.flows))
    yield from _identifiers(answer)
    yield from _limits(answer)


def _identifiers(answer: NetworkAnswer) -> Iterator[RenderableType]:
    if not answer.identifiers:
        return
    yield parts.section(f"{parts.plural(len(answer.identifiers), 'shared identifier')}")
    table = parts.table("*kind", "*value", ">holders", "accounts")
    for shared in answer.identifiers[:SHOWN]:
        table.add_row(shared.kind, parts.text(shared.value), str(shared.holders), ", ".join(shared.accounts))
    yield parts.indent(table)
    yield _more(len(answer.identifiers))


def _limits(answer: NetworkAnswer) -> Iterator[RenderableType]:
    for hub in answer.account_hubs:
        yield Text(f"  hub: {hub.account_id} has {hub.counterparties:,} counterparties", style="yellow")
    for shared in answer.identifier_hubs:
        yield Text(f"  hub: {shared.kind} {shared.value} has {shared.holders:,} holders, not crossed", style="yellow")
    if answer.accounts_left_out:
        left = parts.plural(answer.accounts_left_out, "account")
        yield Text(f"  {left} beyond the limits left out (--max-accounts, --max-degree)", style="yellow")


def _more(count: int) -> Text:
    return Text(f"  … {count - SHOWN} more (--json)" if count > SHOWN else "", style="dim", end="\n" * (count > SHOWN))
