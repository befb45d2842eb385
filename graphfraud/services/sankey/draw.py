"""Drawing a picture with matplotlib, as SVG or PNG. The same trace gives the same bytes of SVG."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from graphfraud.core.money import show_yuan
from graphfraud.services.sankey import fonts, words
from graphfraud.services.sankey.fonts import Fonts
from graphfraud.services.sankey.graph import Box, Money, picture
from graphfraud.services.sankey.layout import BAR, HEAD, LINE, SIDE, Band, Dashed, Layout, layout
from graphfraud.services.sankey.words import Lang
from graphfraud.trace import End, Rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT, BAND, HYPOTHESIS = "#222222", "#777777", "#7d8ea3", "#8a2be2"
BOX = {"account": "#34495e", "more": "#7f8c8d", "deeper": "#7f8c8d", "unfollowed": "#7f8c8d"}
END_COLOURS = {
    End.HELD: "#1b9e4b",
    End.CASH: "#d62728",
    End.POOLED: "#e08214",
    End.MERCHANT: "#b8860b",
    End.OTHER_BANK: "#1f77b4",
    End.OPENING: "#4292c6",
    End.UNEXPLAINED: "#000000",
    End.WAITED: "#b5539c",
    End.SMALL: "#8c8c8c",
    End.DEPTH: "#756bb1",
    End.BREADTH: "#9467bd",
    End.BUSY: "#54278f",
    End.RESTARTED: "#17becf",
    End.BEYOND: "#636363",
}
SMALL, PLAIN, LARGE = 6.5, 7.5, 11
DOTS = 150  # an inch, in PNG
_FAMILIES = f"font-family: {', '.join(repr(n) for n in (fonts.LATIN, *fonts.CHINESE[:9]))}, sans-serif".encode()
_SVG_FAMILY = re.compile(rb"font-family: 'DejaVu Sans'[^;\"]*")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Caption:
    """What the picture is of, and how it is written."""

    what: str  # account, case or payment
    rule: Rule
    lang: Lang = "en"
    note: str = ""  # a line under the legend: the run and its cut


@dataclass(frozen=True)
class Drawn:
    """A picture as a file's bytes. `lang` is the language that it is in, `note` says why it is not as was asked."""

    data: bytes
    lang: Lang
    note: str | None


@dataclass(frozen=True)
class Sheet:
    """What is drawn on: places, caption, fonts."""

    axes: Axes
    places: Layout
    caption: Caption
    fonts: Fonts

    @property
    def lang(self) -> Lang:
        return self.caption.lang

    def text(self, x: float, y: float, text: str, size: float = SMALL, colour: str = INK) -> None:
        """Text as it is, never mathematics; characters that XML cannot hold become a mark."""
        shown = self.fonts.drawable(_NOT_XML.sub("\ufffd", text))
        self.axes.text(x, y, shown, fontsize=size, color=colour, va="baseline", parse_math=False)

    def bar(self, place: tuple[float, float, float, float], colour: str, edge: str | None = None) -> None:
        """A rectangle of (x, y, width, height); with an edge of its own it is dashed."""
        from matplotlib.patches import Rectangle

        x, y, wide, tall = place
        line: dict[str, Any] = {"edgecolor": edge, "linestyle": "--"} if edge else {"edgecolor": colour}
        self.axes.add_patch(Rectangle((x, y), wide, tall, facecolor=colour, linewidth=0.6, **line))


def draw(money: Money, caption: Caption, format_: str) -> Drawn:
    """The picture of a trace as `svg` or `png`. Text stays text in SVG, so any viewer's fonts draw it."""
    from matplotlib import rc_context, rcdefaults, rcParams

    chosen, lang = _fonts(money, caption)
    note = fonts.MISSING if chosen.lacking and format_ == "png" else None
    if format_ == "svg":
        chosen, lang = Fonts(chosen.families), caption.lang
    out = BytesIO()
    title = words.say(money.direction, lang, what=_NOT_XML.sub("\ufffd", caption.what))
    metadata = {"Date": None, "Title": title} if format_ == "svg" else None
    style: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "graphfraud", "font.family": list(chosen.families)}
    with rc_context(), warnings.catch_warnings():
        rcdefaults()  # what a user has set for other figures does not change this one
        rcParams.update(style)
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # SVG: the viewer's fonts have it
        made = figure(layout(picture(money)), replace(caption, lang=lang), chosen)
        made.savefig(out, format=format_, dpi=DOTS, metadata=metadata)
    data = out.getvalue()
    return Drawn(_SVG_FAMILY.sub(_FAMILIES, data) if format_ == "svg" else data, lang, note)


def _fonts(money: Money, caption: Caption) -> tuple[Fonts, Lang]:
    """Fonts for all that may be written; in English where they lack characters."""
    names = {p.account or "" for p in money.passages} | {p.other or "" for p in money.passages}
    texts = [caption.what, caption.note, *sorted(names), *money.banks.values(), *(c.account for c in money.cash)]
    if caption.lang == "zh":
        texts += [zh for table in (words.ENDS, words.UP, words.RULES, words.WORDS) for _, zh in table.values()]
    chosen = fonts.choose(texts)
    return chosen, "en" if chosen.lacking else caption.lang


def figure(places: Layout, caption: Caption, chosen: Fonts) -> Figure:
    """The picture as a matplotlib figure, drawn in inches."""
    from matplotlib.figure import Figure

    legend = _legend(places, caption)
    tall = places.height + LINE * (len(legend) + 1.5)
    wide = max(places.width, 7.0)
    made = Figure(figsize=(wide, tall))
    axes = made.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, wide), ylim=(tall, 0))
    axes.axis("off")
    sheet = Sheet(axes, places, caption, chosen)
    for band in places.bands:
        _band(sheet, band)
    for one in places.dashed:
        _dashed(sheet, one)
    for box in places.boxes:
        _box(sheet, box)
    _head(sheet)
    for row, (colour, text) in enumerate(legend):
        y = places.height + LINE * row
        if colour:
            sheet.bar((SIDE, y, 0.12, 0.11), colour)
        sheet.text(SIDE + (0.2 if colour else 0), y + 0.1, text, PLAIN if colour else SMALL, INK if colour else FAINT)
    return made


def _band(sheet: Sheet, band: Band) -> None:
    """A ribbon; money flows from left to right in both directions of tracing."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    scale, boxes = sheet.places.scale, sheet.places.boxes
    left = boxes[band.source].x, boxes[band.source].y + scale * band.leaves
    right = boxes[band.target].x, boxes[band.target].y + scale * band.enters
    if left[0] > right[0]:
        left, right = right, left
    x0, x1, thick = left[0] + BAR, right[0], scale * band.amount
    mid = (x0 + x1) / 2
    points = [(x0, left[1]), (mid, left[1]), (mid, right[1]), (x1, right[1]), (x1, right[1] + thick)]
    points += [(mid, right[1] + thick), (mid, left[1] + thick), (x0, left[1] + thick), (x0, left[1])]
    curve = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    colour = END_COLOURS[End(band.target.name)] if band.target.kind == "end" else BAND
    sheet.axes.add_patch(PathPatch(Path(points, curve), facecolor=colour, edgecolor=colour, linewidth=0.4, alpha=0.42))


def _dashed(sheet: Sheet, one: Dashed) -> None:
    """A hypothesis: never a band, because nothing proves it."""
    source = sheet.places.boxes[one.source]
    right = one.x > source.x
    at = source.y + sheet.places.scale * source.amount / 2
    ends = [source.x + BAR, one.x] if right else [source.x, one.x + BAR]
    sheet.axes.plot(ends, [at, one.y + 0.05], color=HYPOTHESIS, linewidth=1.0, linestyle=(0, (4, 3)))
    sheet.bar((one.x, one.y, BAR, 0.1), "white", edge=HYPOTHESIS)
    given = {"amount": show_yuan(one.cash.amount), "wait": words.span(one.cash.wait, sheet.lang)}
    said = words.say("cash" if right else "cash up", sheet.lang, **given)
    sheet.text(one.x, one.y - 0.04, f"{one.cash.account}  {said}", colour=HYPOTHESIS)


def _box(sheet: Sheet, box: Box) -> None:
    placed = sheet.places.boxes[box]
    colour = END_COLOURS[End(box.name)] if box.kind == "end" else BOX[box.kind]
    sheet.bar((placed.x, placed.y, BAR, max(sheet.places.scale * placed.amount, 0.012)), colour)
    label = f"{_name(sheet.places, box, sheet.lang)}  {show_yuan(placed.amount)}"
    sheet.text(placed.x, placed.y - 0.04, label, colour=INK if box.kind == "account" else colour)


def _name(places: Layout, box: Box, lang: Lang) -> str:
    picture = places.picture
    if box.kind == "end":
        direction = picture.money.direction
        if box.column == 0:  # cash that a traced payment began or ended with
            direction = "up" if direction == "down" else "down"
        return words.end(End(box.name), lang, direction)
    if box.kind == "more":
        return words.say("more", lang, n=picture.counts[box])
    if box.kind == "deeper":
        return words.say("deep", lang, n=picture.counts[box])
    if box.kind == "unfollowed":
        return words.say("unfollowed", lang)
    name = " ".join(filter(None, [box.name, picture.money.banks.get(box.name)]))
    before = any(Box(c, "account", box.name) in places.boxes for c in range(box.column))
    return f"{name} ({words.say('again', lang)})" if before else name


def _head(sheet: Sheet) -> None:
    """Title, total beside the sum of the ends, and the layer over each column."""
    money, lang = sheet.places.picture.money, sheet.lang
    sheet.text(SIDE, 0.3, words.say(money.direction, lang, what=sheet.caption.what), LARGE)
    sums = {"total": show_yuan(money.total), "sum": show_yuan(sum(money.ends.values()))}
    word = "title up" if money.direction == "up" else "title"
    sheet.text(SIDE, 0.53, words.say(word, lang, rule=words.rule(sheet.caption.rule, lang), **sums), PLAIN + 1)
    heads = {box.column: (placed.x, box) for box, placed in sheet.places.boxes.items() if box.kind != "end"}
    for column, (x, box) in sorted(heads.items()):
        start = words.say(f"start {money.direction}", lang)
        layer = words.say("deeper", lang) if box.kind == "deeper" else words.say("layer", lang, n=column)
        sheet.text(x, HEAD - 0.14, start if column == 0 else layer, PLAIN, FAINT)


def _legend(places: Layout, caption: Caption) -> list[tuple[str, str]]:
    """(colour, text) of every line: ends with their amounts and the total they add up to, hypotheses, the note."""
    money, lang = places.picture.money, caption.lang
    rows = []
    for end, amount in sorted(money.ends.items(), key=lambda item: (-item[1], item[0])):
        said = f"{words.end(end, lang, money.direction)}  {show_yuan(amount)}"
        if end in money.cut:
            said += words.say("cut", lang, n=money.cut[end])
        rows.append((END_COLOURS[end], said))
    rows.append((INK, f"{words.say('total', lang)}  {show_yuan(sum(money.ends.values()))}"))
    return rows + [("", text) for text in [*_said_of_cash(places, lang), caption.note] if text]


def _said_of_cash(places: Layout, lang: Lang) -> Iterator[str]:
    """How many hypotheses there are and how many are not drawn."""
    cash = places.picture.money.cash
    if cash:
        yield words.say("dashed", lang, n=len(cash), amount=show_yuan(sum(c.amount for c in cash)))
    count, amount = places.picture.cash_left_out
    if count:
        yield words.say("dashed rest", lang, n=count, amount=show_yuan(amount))
