"""Small parts that every rendering uses."""

from __future__ import annotations

from rich.console import OverflowMethod
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from graphfraud.core import clock
from graphfraud.core.money import show_yuan
from graphfraud.services.answers import MILLION, Answer

LEVEL_STYLE = {1: "bold red", 2: "yellow", 3: "cyan"}


def head(title: str, answer: Answer) -> Text:
    """First line: what it is, and from which run."""
    line = Text(title, style="bold")
    line.append(f"\nas of {clock.show(answer.as_of, seconds=False)} · run {answer.run_id}", style="dim")
    return line


def section(title: str) -> Text:
    """Heading of a part."""
    return Text(f"\n{title}", style="bold underline")


def table(*columns: str) -> Table:
    """A light table. A column that begins with '>' is right-aligned, with '>' or '*' it keeps its width; where a
    terminal is too narrow even so, a cell that is cut ends with …, so that no figure looks like another one."""
    made = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        name = column.lstrip(">*")
        right, fixed = ">" in column[:2], "*" in column[:2]
        whole = fixed or right
        overflow: OverflowMethod = "ellipsis" if whole else "fold"
        made.add_column(name, justify="right" if right else "left", no_wrap=whole, overflow=overflow)
    return made


def indent(what: Table | Text | str) -> Padding:
    """Two characters in."""
    return Padding(what, (0, 0, 0, 2))


def bullet(markup: str) -> Padding:
    """A point of a list that wraps under itself."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("–", markup)
    return Padding(grid, (0, 0, 0, 5))


def score(value: int) -> str:
    """A score or share with three places."""
    return f"{value / MILLION:.3f}"


def percent(value: int) -> str:
    """A share in percent."""
    return f"{value / 10_000:.0f} %"


def yuan(minor: int | None) -> str:
    """An amount, or a dash."""
    return "–" if minor is None else show_yuan(minor)


def level(value: int | None) -> Text:
    """The level, coloured."""
    return Text("–" if value is None else str(value), style=LEVEL_STYLE.get(value or 0, "dim"))


def text(value: object) -> str:
    """Text from data, never read as markup."""
    return "–" if value is None else escape(str(value))


def plural(count: int, word: str) -> str:
    """1 ring, 2 rings."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def reason(zh: str | None, en: str | None, lang: str) -> str:
    """The wording in the language asked, else the other."""
    first, second = (zh, en) if lang == "zh" else (en, zh)
    return escape(first or second or "")
