"""The HTML report: everything escaped, nothing fetched, nobody named, plots that show their figures."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import evaluate_kit
import pytest
from evaluate_kit import CUT

from graphfraud.errors import InputError
from graphfraud.evaluate import chapter, report, sources, write_page
from graphfraud.evaluate.page import Chapter, page
from graphfraud.evaluate.plots import svg
from graphfraud.evaluate.section import Grid, Plot, Section, Series

BARS = Plot("bars", "a & b < c", "x", "y", (Series("own $1", ("one <i>", "two"), (0.4, 0.2), (0.3, 0.1), (0.5, 0.6)),))
LINE = Plot("line", "line", "recall", "precision", (Series("s", (0.0, 0.5, 1.0), (1.0, 0.5, 0.25)),))
NAMED = Plot("line", "named", "share", "", (Series("s", ("10%", "25%"), (0.1, 0.9)),))
DOTS = Plot("dots", "dots", "size", "F1", (Series("rings", (3, 9), (0.5, 1.0)),))
EVIL = "<script>alert(1)</script>"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.found or self.found[-1][0] != "style":
            self.text.append(data)


def section(text: str, *plots: Plot) -> Section:
    return Section("k", text, (text,), (Grid((text, "v"), ((text, text),), text),), plots)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of a chapter full of markup, and of one as it is made."""
    folder = tmp_path_factory.mktemp("page")
    world = sources(evaluate_kit.write(folder / "w"))[0].prepare(folder / "unused")
    findings = {"scores": evaluate_kit.scores(r1=0.9, h1=0.5), "rings": evaluate_kit.rings(a="r1 r2 r3")}
    cut = report(world.truth, world.facts, findings, CUT)
    made = Chapter(EVIL, EVIL, (EVIL,), CUT, (), (section(EVIL, BARS, LINE, NAMED, DOTS),))
    return page([made, chapter(world, [cut])])


def test_text_from_data_is_never_markup(text: str) -> None:
    assert EVIL not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 10  # link, title, kind, note, section
    tags = Tags()
    tags.feed(text)
    assert not {"script", "img", "link", "iframe", "object", "i"} & {tag for tag, _ in tags.found}


def test_nothing_is_fetched_and_the_page_forbids_it(text: str) -> None:
    tags = Tags()
    tags.feed(text)
    for _, attributes in tags.found:
        for name in ("src", "href", "xlink:href", "data"):
            assert (attributes.get(name) or "#").startswith("#")
    assert set(re.findall(r'(?:https?:)?//[^\s"<]+', text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "url(" not in re.sub(r"url\(#[^)]*\)", "", text)
    policy = next(a["content"] for tag, a in tags.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_no_account_is_named(text: str) -> None:
    tags = Tags()
    tags.feed(text)
    words = {word for piece in tags.text for word in re.findall(r"\w+", piece)}
    assert "victims" in words
    assert not words & set(evaluate_kit.PERSONS + evaluate_kit.COMPANIES)


@pytest.mark.parametrize("plot", [BARS, LINE, NAMED, DOTS], ids=lambda p: p.title)
def test_a_drawing_is_xml_that_can_stand_in_a_page_and_is_the_same_every_time(plot: Plot) -> None:
    text = svg(plot)
    assert text == svg(plot)
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "width" not in root.attrib
    assert "metadata" not in text
    words = {"".join(e.itertext()) for e in root.iter() if e.tag.endswith("}text")}
    assert plot.title in words
    assert {str(x) for x in plot.series[0].x if isinstance(x, str)} <= words


def test_bars_are_as_long_as_their_values() -> None:
    """Widths on the paper in the ratio of the values, and intervals from low to high on the same scale."""
    from graphfraud.evaluate.plots import figure

    axes = figure(BARS).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.4, 0.2]
    ends = [tuple(round(float(x), 9) for x in path.vertices[:, 0]) for path in axes.collections[0].get_paths()]
    assert ends == [(0.3, 0.5), (0.1, 0.6)]


def test_ids_of_two_drawings_do_not_meet() -> None:
    ids = [set(re.findall(r' id="([^"]+)"', svg(plot))) for plot in (BARS, LINE)]
    shared = {i for i in ids[0] & ids[1] if re.search(rf"#{re.escape(i)}\b", svg(BARS))}
    assert not shared


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        write_page(tmp_path / "nowhere" / "r.html", [])
