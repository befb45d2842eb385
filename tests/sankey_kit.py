"""Traces as pictures see them, and a font with Chinese characters that is made on the spot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from graphfraud.services.sankey.graph import Cash, Money, Passage
from graphfraud.trace import Trace


def money(trace: Trace, cash: Iterable[Cash] = ()) -> Money:
    """A trace of the kernel as a picture's money."""
    names, flows = trace.book.accounts.id, trace.book.flows

    def name(account: int) -> str | None:
        return None if account < 0 else names[account]

    passages = []
    for hop in trace.all_hops():
        sides = (hop.payee, hop.payer) if trace.direction == "down" else (hop.payer, hop.payee)
        ends = list(hop.ends.items())
        place: tuple[Any, ...] = (hop.number, hop.depth, flows.txn[hop.flow], *map(name, sides))
        passages.append(Passage(*place, hop.carried, hop.parents, ends))
    return Money(trace.direction, trace.coverage.start, passages, trace.totals, trace.cut, cash=list(cash))


def font(path: Path, name: str, characters: str) -> Path:
    """A font of boxes for some characters."""
    glyphs = [".notdef", *(f"u{ord(c):X}" for c in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord(c): f"u{ord(c):X}" for c in characters})
    pen = TTGlyphPen(None)
    for point, draw in zip([(0, 0), (0, 800), (800, 800), (800, 0)], [pen.moveTo, *[pen.lineTo] * 3], strict=True):
        draw(point)
    pen.closePath()
    box = pen.glyph()
    builder.setupGlyf(dict.fromkeys(glyphs, box))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path
