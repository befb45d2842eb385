"""A live trace drawn: the tree and the certificate of a trace, and what was not fetched."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from graphfraud.cli.render.parts import plural
from graphfraud.cli.render.trace import chain, ranges
from graphfraud.cli.render.trace_words import KINDS, RULES, SAID, TITLES
from graphfraud.core import clock
from graphfraud.services.live.answer import LiveTraceAnswer

SHOWN = 5  # busy accounts named


def live(answer: LiveTraceAnswer, lang: str = "en") -> Group:
    """Heading, tree, certificate, range over the rules, busy accounts."""
    title = TITLES[lang][answer.direction].format(KINDS[lang][answer.start].format(answer.start_id))
    rule = SAID[lang]["rule"].format(answer.rule, RULES[lang][answer.rule])
    asked = f"the store as of {clock.show(answer.as_of)}, without a run; statements fetched: {answer.fetched:,}"
    lines = [Text(title, style="bold"), Text(asked, style="dim"), Text(rule, style="dim")]
    return Group(*lines, *chain(answer, lang), *ranges(answer, lang), *_busy(answer))


def _busy(answer: LiveTraceAnswer) -> list[Text]:
    if not answer.busy:
        return []
    named = ", ".join(f"{b.account_id} ({b.payments:,} payments)" for b in answer.busy[:SHOWN])
    more = f" and {len(answer.busy) - SHOWN:,} more" if len(answer.busy) > SHOWN else ""
    text = f"  {plural(len(answer.busy), 'account')} not followed, too busy for --live: {named}{more}"
    return [Text(text, style="yellow")]
