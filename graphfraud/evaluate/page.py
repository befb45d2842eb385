"""The report as one HTML file: no script, nothing fetched, no account in it, everything escaped.

A content security policy in the page forbids what is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from graphfraud.core.clock import show
from graphfraud.errors import InputError
from graphfraud.evaluate.evaluation import Evaluation
from graphfraud.evaluate.plots import svg
from graphfraud.evaluate.section import Grid, Section
from graphfraud.evaluate.worlds import World

TITLE = "graphfraud: detection against the truth"
STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans",sans-serif;color:#222;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.3rem;border-bottom:2px solid #1f4e79;margin-top:2.5rem}h3{margin:1.6rem 0 .3rem}
p{margin:.3rem 0}p.note{color:#8a5a00}nav a{margin-right:1rem}caption{text-align:left;color:#666;padding:.3rem 0}
div.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem;margin:.4rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #e5e5e5;white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:#555;font-weight:600}
div.plots{display:flex;flex-wrap:wrap;gap:1rem}div.plots svg{width:32rem;max-width:100%;height:auto}
summary{cursor:pointer;font-size:1.1rem;font-weight:600;margin-top:1rem}footer{color:#666;margin-top:3rem}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Chapter:
    """A world: its notes, a cut after the other (the quoted one open), and what `--full` added."""

    name: str
    kind: str
    notes: tuple[str, ...]
    headline: int
    cuts: tuple[Evaluation, ...]
    full: tuple[Section, ...] = ()


def chapter(world: World, cuts: Sequence[Evaluation], full: Sequence[Section] = ()) -> Chapter:
    """The chapter of an evaluated world."""
    return Chapter(world.name, world.kind, world.notes, world.headline, tuple(cuts), tuple(full))


def write_page(out: Path, chapters: Sequence[Chapter]) -> None:
    """Write the page. Raises InputError where the file cannot be written."""
    try:
        out.write_text(page(chapters), encoding="utf-8")
    except OSError as exc:
        raise InputError(f"the report cannot be written to {out}: {exc.strerror}; choose another file") from exc


def page(chapters: Sequence[Chapter]) -> str:
    """The whole page as text. O(figures)."""
    links = "".join(f'<a href="#w{n}">{escape(c.name)}</a>' for n, c in enumerate(chapters))
    body = "".join(line for n, c in enumerate(chapters) for line in _chapter(n, c))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(TITLE)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{escape(TITLE)}</h1><nav>{links}</nav>{body}"
        "<footer>Simulated or published data with a known truth; no account is named. How every figure is defined:"
        " docs/evaluation.md.</footer></body></html>\n"
    )


def _chapter(number: int, found: Chapter) -> Iterator[str]:
    yield f'<h2 id="w{number}">World {escape(found.name)} ({escape(found.kind)})</h2>'
    yield from (f'<p class="note">{escape(note)}</p>' for note in found.notes)
    for cut in found.cuts:
        opened = " open" if cut.as_of == found.headline else ""
        yield f"<details{opened}><summary>Cut {escape(show(cut.as_of, seconds=False))}</summary>"
        yield from (f"<p>{escape(line)}</p>" for line in cut.lines())
        yield _grid(cut.grid())
        yield from (part for section in cut.sections for part in _section(section))
        yield "</details>"
    yield from (part for section in found.full for part in _section(section))


def _section(found: Section) -> Iterator[str]:
    yield f"<h3>{escape(found.title)}</h3>"
    yield from (f"<p>{escape(line)}</p>" for line in found.lines)
    if found.plots:
        yield f'<div class="plots">{"".join(svg(p) for p in found.plots if any(s.x for s in p.series))}</div>'
    yield from (_grid(grid) for grid in found.grids)


def _grid(grid: Grid) -> str:
    head = "".join(f"<th>{escape(c)}</th>" for c in grid.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in grid.rows)
    caption = f"<caption>{escape(grid.title)}</caption>" if grid.title else ""
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
