"""A part of a report: sentences, tables, plots, and the same figures as JSON. Every measure gives one.

The terminal draws sentences and tables, `--json` prints `data`, the HTML page shows all but `data`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Grid:
    """A table of cells that are text already. The first column is left-aligned, the others to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Series:
    """Points of one colour. `low` and `high` (interval ends) have as many entries as `y`, or none."""

    name: str
    x: tuple[Any, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Plot:
    """line: y over x; bars: a horizontal bar a name in x, with its interval; dots: single points."""

    kind: Literal["line", "bars", "dots"]
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Section:
    """One part of a report. `key` names it in JSON; `data` is JSON already (finite numbers, null where not known)."""

    key: str
    title: str
    lines: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    plots: tuple[Plot, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def by_key(sections: Sequence[Section]) -> dict[str, Any]:
    """JSON of sections: {key: data}."""
    return {s.key: dict(s.data) for s in sections}


def decimals(value: float | None, places: int = 3) -> str:
    """A figure for a cell; – where there is none."""
    return "–" if value is None else f"{value:.{places}f}"


def percent(value: float | None, places: int = 1) -> str:
    """A share for a cell."""
    return "–" if value is None else f"{value:.{places}%}"
