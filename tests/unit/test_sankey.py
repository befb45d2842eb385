"""Pictures of traces: money in equals money out at every box, nothing is left out in silence, the same bytes twice."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
import sankey_kit
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import font_manager, rc_context
from trace_kit import Case, bounds, case_of, cases

from graphfraud.cli.render import trace_words
from graphfraud.services.sankey import Bounds, Cash, Layout, Money, Passage, fonts, layout, picture, words
from graphfraud.services.sankey.draw import Caption, draw, figure
from graphfraud.services.sankey.graph import Box
from graphfraud.trace import RULES, End, Limits, Rule, Starts, follow

CYCLE = [
    (0, "v", "a", 100_000), (1, "a", "b", 60_000), (2, "a", "c", 30_000), (3, "b", "a", 20_000),
    (4, "b", "", 30_000), (5, "c", "d", 30_000), (6, "a", "b", 15_000), (7, "b", "x", 7_000),
]  # fmt: skip
#: a chain in which each account keeps a yuan and passes the rest on
CHAIN = [(i, f"n{i:03d}", f"n{i + 1:03d}", 100 * (300 - i)) for i in range(200)]


def traced(moves: list[tuple[int, str, str, int]], rule: Rule = Rule.LIFO, **limits: int) -> Money:
    case = case_of(moves, {}, {"d": End.POOLED, "x": End.OTHER_BANK})
    return sankey_kit.money(follow(case.book, Starts.of(case.book, [[0]]), rule, Limits(**limits)))


def conserves(places: Layout) -> None:
    """Bands tile both sides of every box exactly; the ends are those of the trace; the first column is the start."""
    shown, money = places.picture, places.picture.money
    comes, goes = defaultdict(list), defaultdict(list)
    for band in places.bands:
        assert band.target.column == band.source.column + 1
        comes[band.target].append((band.enters, band.enters + band.amount))
        goes[band.source].append((band.leaves, band.leaves + band.amount))
    for box, placed in places.boxes.items():
        for side in (comes[box], goes[box]):
            at = 0
            for begin, end in sorted(side):
                assert begin == at, box
                at = end
            assert at == placed.amount or not side, box
        assert bool(comes[box]) or box.column == 0
        assert bool(goes[box]) or (box.kind == "end" and box.column > 0)
    drawn: Counter[End] = Counter()
    for box, amount in shown.amounts.items():
        if box.kind == "end" and box.column > 0:
            drawn[End(box.name)] += amount
    assert dict(drawn) == dict(money.ends)
    assert sum(a for box, a in shown.amounts.items() if box.column == 0) == money.total == sum(money.ends.values())


@settings(max_examples=150, deadline=None)
@given(
    cases(), st.sampled_from(RULES), bounds, st.sampled_from(["down", "up"]),
    st.builds(Bounds, st.integers(1, 3), st.sampled_from([1, 4, 500]), st.integers(1, 4)),
)  # fmt: skip
def test_money_in_equals_money_out_at_every_box(
    case: Case, rule: Rule, limits: Limits, way: str, drawn: Bounds
) -> None:
    trace = follow(case.book, Starts.of(case.book, case.origins), rule, limits, way)
    conserves(layout(picture(sankey_kit.money(trace), drawn)))


def test_every_band_of_a_cycle_worked_by_hand() -> None:
    """LIFO: b holds 600, passes 200 back to a, takes 300 out in cash; a passes 150 of the 200 to b, b 70 to x."""
    shown = picture(traced(CYCLE, depth=6))

    def at(column: int, name: str) -> Box:
        return Box(column, "end" if name in list(End) else "account", name)

    wanted = {
        (at(0, "v"), at(1, "a")): 100_000, (at(1, "a"), at(2, "b")): 60_000, (at(1, "a"), at(2, "c")): 30_000,
        (at(1, "a"), at(2, "held")): 10_000, (at(2, "b"), at(3, "a")): 20_000, (at(2, "b"), at(3, "cash")): 30_000,
        (at(2, "b"), at(3, "held")): 10_000, (at(2, "c"), at(3, "d")): 30_000, (at(3, "d"), at(4, "pooled")): 30_000,
        (at(3, "a"), at(4, "b")): 15_000, (at(3, "a"), at(4, "held")): 5_000, (at(4, "b"), at(5, "x")): 7_000,
        (at(4, "b"), at(5, "held")): 8_000, (at(5, "x"), at(6, "other bank")): 7_000,
    }  # fmt: skip
    assert shown.bands == wanted
    conserves(layout(shown))


def test_two_hundred_hops_are_a_picture_of_bounded_width() -> None:
    """12 layers are drawn; the 188 accounts below hold a yuan each but the last, which holds 101."""
    money = traced(CHAIN, depth=500)
    assert len(money.passages) == 200
    places = layout(picture(money))
    deeper = Box(13, "deeper", "")
    assert (places.picture.amounts[deeper], places.picture.counts[deeper]) == (100 * (300 - 12), 188)
    assert max(box.column for box in places.boxes) == 14
    assert places.width < 36
    conserves(places)
    assert len(layout(picture(money, Bounds(columns=300))).boxes) == 1 + 200 + 200


def test_small_branches_are_gathered_with_their_count_and_amount() -> None:
    """a has 14 payees of 100 yuan (drawn), 30 of 1 yuan and one of 2 yuan (gathered: 31 accounts, 32 yuan)."""
    amounts = [10_000] * 14 + [100] * 30 + [200]
    moves = [(0, "v", "a", sum(amounts)), *((1, "a", f"p{i:02d}", x) for i, x in enumerate(amounts))]
    shown = picture(traced(moves))
    more = Box(2, "more", "")
    assert (shown.counts[more], shown.amounts[more]) == (31, 3_200)
    assert sum(box.column == 2 and box.kind == "account" for box in shown.amounts) == 14
    kept = picture(traced(moves), Bounds(accounts=44, part=10**6))
    assert more not in kept.counts  # a single one is drawn, not gathered
    assert "31 more  32.00" in text(traced(moves))
    assert "另有 31 个账户  32.00" in text(traced(moves), "zh")


def test_ten_thousand_starts() -> None:
    flows = [
        Passage(i, 1, f"T{i}", "a", f"v{i:05d}", 100 + i % 7, [], [(End.HELD, 100 + i % 7)]) for i in range(10_000)
    ]
    total = sum(p.carried for p in flows)
    shown = picture(Money("down", total, flows, {End.HELD: total}))
    assert shown.counts == {Box(0, "more", ""): 10_000}
    conserves(layout(shown))


def test_a_start_that_a_bound_cut_is_drawn() -> None:
    """The breadth keeps the larger of two starts; the other is cut before its first hop."""
    case = case_of([(0, "v", "a", 500), (1, "w", "a", 300)])
    trace = follow(case.book, Starts.of(case.book, [[0, 1]]), Rule.LIFO, Limits(breadth=1))
    shown = picture(sankey_kit.money(trace))
    assert shown.bands[Box(0, "unfollowed", ""), Box(1, "end", "breadth")] == 300
    conserves(layout(shown))


def test_hypotheses_are_dashed_and_in_no_total() -> None:
    money = traced(CYCLE, depth=6)
    out = next(p.txn_id for p in money.passages if p.account is None)
    guesses = [Cash(out, f"g{i}", 29_000 - i, 60_000_000) for i in range(10)]
    plain, shown = picture(money), picture(replace(money, cash=guesses))
    assert (shown.amounts, shown.bands) == (plain.amounts, plain.bands)
    assert shown.cash == {Box(3, "end", "cash"): guesses[:8]}
    assert shown.cash_left_out == (2, 29_000 - 8 + 29_000 - 9)
    places = layout(shown)
    assert [(d.source, d.cash.account) for d in places.dashed] == [(Box(3, "end", "cash"), f"g{i}") for i in range(8)]
    below = max(placed.y for box, placed in places.boxes.items() if box.column == 4)
    assert all(d.y > below for d in places.dashed)
    dashes = [line for line in figure(places, Caption("x", Rule.LIFO), fonts.choose([])).axes[0].lines]
    assert [line.get_linestyle() for line in dashes] == ["--"] * 8
    said = text(replace(money, cash=guesses))
    assert "dashed: possible ways of cash (10), 2,899.55 yuan: not proven, in no total" in said
    assert "2 of them not drawn, 579.83 yuan" in said
    assert "g0  290.00 in cash within 60 s?" in said
    assert "g0  60 秒内存现 290.00？" in text(replace(money, cash=guesses), "zh")


def text(money: Money, lang: words.Lang = "en") -> str:
    """All text of the picture as SVG, a line each."""
    root = ET.fromstring(draw(money, Caption("CASE-1", Rule.LIFO, lang, "run r"), "svg").data)
    return "\n".join(e.text or "" for e in root.iter() if e.tag.endswith("}text"))


def test_the_total_stands_beside_the_sum_of_the_ends() -> None:
    said = text(traced(CYCLE, depth=2))
    assert (
        "rule lifo (the newest money leaves first): 1,000.00 yuan traced; the ends below add up to 1,000.00 yuan"
        in said
    )
    legend = dict(re.findall(r"^(.+?)  ([\d,.]+)(?:  \(.*\))?$", said.split("still here")[0], re.M))
    assert legend["v"] == "1,000.00"
    assert "too deep  800.00  (3 payments)" in said  # b's cash, b to a, c to d
    assert "still here  200.00" in said
    assert "total  1,000.00" in said
    assert "a (again)" not in said
    assert "a (again)  200.00" in text(traced(CYCLE, depth=3))


def test_up_is_drawn_with_its_sources_on_the_left() -> None:
    case = case_of([(0, "v", "a", 900), (1, "a", "b", 700)], {"a": 100})
    trace = follow(case.book, Starts.of(case.book, [[1]]), Rule.FIFO, Limits(), "up")
    places = layout(picture(sankey_kit.money(trace)))
    order = sorted(places.boxes, key=lambda box: places.boxes[box].x)
    assert [(b.column, b.name) for b in order][-2:] == [(1, "a"), (0, "b")]
    assert places.picture.bands[Box(1, "account", "a"), Box(2, "end", "opening")] == 100
    conserves(places)
    assert "Where the money of CASE-1 came from" in text(sankey_kit.money(trace))


def test_the_same_trace_gives_the_same_bytes() -> None:
    money, caption = traced(CYCLE, depth=6), Caption("CASE-1", Rule.LIFO)
    first = draw(money, caption, "svg").data
    draw(traced(CHAIN, depth=3), caption, "svg")
    with rc_context({"lines.linewidth": 9, "savefig.bbox": "tight", "text.color": "red", "axes.facecolor": "blue"}):
        assert draw(money, caption, "svg").data == first  # whatever the user has set for other figures
    again = replace(money, passages=list(reversed(money.passages)), ends=dict(sorted(money.ends.items())))
    assert draw(again, caption, "svg").data == first
    assert b"<dc:date>" not in first


def test_text_is_shown_as_it_is() -> None:
    """No mathematics between dollars, nothing that XML cannot hold, tags are text."""
    odd = "$x^2$ <b> \x00 &"
    flow = [Passage(0, 1, "T", odd, "v", 100, [], [(End.HELD, 100)])]
    assert "$x^2$ <b> \ufffd &  1.00" in text(Money("down", 100, flow, {End.HELD: 100}))


def test_chinese_stays_text_in_svg_and_names_fonts_of_many_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "CHINESE", ())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = draw(traced(CYCLE), Caption("案00028", Rule.FIFO, "zh"), "svg")
    assert (drawn.lang, drawn.note) == ("zh", None)
    assert "案00028 资金去向" in drawn.data.decode()
    assert b"'DejaVu Sans', 'Noto Sans CJK SC'" in drawn.data


def test_without_a_chinese_font_png_is_english_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "CHINESE", ())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = draw(traced(CYCLE), Caption("案00028", Rule.FIFO, "zh"), "png")
    assert (drawn.data[:4], drawn.lang, drawn.note) == (b"\x89PNG", "en", fonts.MISSING)
    assert fonts.choose(["案00028 x"]).drawable("案00028 x") == "□00028 x"


def test_a_chinese_font_that_is_there_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = (words.ENDS, words.UP, words.RULES, words.WORDS)
    need = {c for table in tables for _, zh in table.values() for c in zh if ord(c) > 0x2000} | {"案"}
    path = sankey_kit.font(tmp_path / "made.ttf", "Made Hei", "".join(sorted(need)))
    monkeypatch.setattr(font_manager.fontManager, "ttflist", list(font_manager.fontManager.ttflist))
    font_manager.fontManager.addfont(path)
    monkeypatch.setattr(fonts, "CHINESE", ("Not There", "Made Hei"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = draw(traced(CYCLE), Caption("案00028", Rule.FIFO, "zh"), "png")
    assert (drawn.lang, drawn.note) == ("zh", None)
    assert fonts.choose(["案"]).families == ("DejaVu Sans", "Made Hei")
    assert fonts.choose(["饕"]).lacking == {"饕"}  # the font has no such glyph


def test_every_end_and_rule_has_words_and_a_colour() -> None:
    from graphfraud.services.sankey.draw import END_COLOURS

    assert set(words.ENDS) == set(End) == set(END_COLOURS)
    assert set(words.RULES) == set(Rule)
    for table in (words.ENDS, words.UP, words.RULES, words.WORDS):
        assert all(en and zh and en != zh for en, zh in table.values())


def test_the_tree_and_the_picture_use_the_same_words() -> None:
    for at, lang in enumerate(("en", "zh")):
        for way in ("down", "up"):
            assert [words.end(e, lang, way) for e in End] == [trace_words.end(e, way, lang) for e in End]
        assert {rule: pair[at] for rule, pair in words.RULES.items()} == trace_words.RULES[lang]


def test_matplotlib_is_imported_only_when_a_picture_is_drawn() -> None:
    code = "import sys, graphfraud.services.sankey.draw; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
