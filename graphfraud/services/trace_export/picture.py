"""A trace as a picture, from its answer."""

from __future__ import annotations

from dataclasses import dataclass

from graphfraud.core.clock import show
from graphfraud.services.sankey import Cash, Money, Passage, words
from graphfraud.services.sankey.draw import Caption, Drawn, draw
from graphfraud.services.trace.answer import TraceAnswer
from graphfraud.trace import End, Rule


@dataclass(frozen=True)
class TracePicture:
    """A Sankey picture. Notebooks show it as it is; `svg` and `png` are the bytes of a file."""

    money: Money
    caption: Caption

    def draw(self, format_: str) -> Drawn:
        """As `svg` or `png`, with the language that it is in."""
        return draw(self.money, self.caption, format_)

    def _repr_png_(self) -> bytes:
        return self.draw("png").data


def picture_of(answer: TraceAnswer, lang: words.Lang = "en") -> TracePicture:
    """The picture of a trace under the rule of its hops."""
    what = words.say(f"what {answer.start}", lang, id=answer.start_id)
    limits = answer.limits
    bounds = {"depth": limits.depth, "window": words.span(limits.window, lang), "hops": limits.max_hops}
    note = words.say("note", lang, run=answer.run_id, as_of=show(answer.as_of), **bounds)
    return TracePicture(money_of(answer), Caption(what, Rule(answer.rule), lang, note))


def money_of(answer: TraceAnswer) -> Money:
    """A trace as far as a picture needs it."""
    down = answer.direction == "down"
    passages = [
        Passage(
            h.number, h.depth, h.txn_id, h.to_account if down else h.from_account,
            h.from_account if down else h.to_account, h.carried, [(p.hop, p.amount) for p in h.parents],
            [(End(e.reason), e.amount) for e in h.ends],
        )
        for h in answer.hops
    ]  # fmt: skip
    return Money(
        answer.direction,
        answer.total,
        passages,
        {End(e.reason): e.amount for e in answer.ends},
        {End(c.reason): c.payments for c in answer.cut},
        {a.account_id: a.bank for a in answer.accounts if a.outside and a.bank},
        [Cash(w.taken_txn, w.to_account, w.paid, w.wait) for w in answer.hypotheses.ways],
    )
