"""Plots of a report as SVG text, drawn by matplotlib; the same plot gives the same bytes. Text stays text."""

from __future__ import annotations

import re
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from graphfraud.core.snapshot import F64
from graphfraud.evaluate.section import Plot, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, BAR_HEIGHT = 6.4, 3.8, 0.24  # inches
GAP = 0.6  # between the bars of two names
COLOURS = ("#1f4e79", "#c55a11", "#548235", "#7f6000", "#7030a0")
NOTHING = {"Date": None, "Creator": None, "Format": None, "Type": None}


def svg(plot: Plot) -> str:
    """One `<svg>` element, without prolog and without metadata: fit to stand in a page. Raises nothing; O(points)."""
    from matplotlib import rc_context

    salt = sha256(repr(plot).encode()).hexdigest()[:12]  # ids of two plots in one page must differ
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": salt, "svg.id": f"p{salt}", "font.size": 9}
    out = BytesIO()
    with rc_context(style | {"font.family": ["sans-serif"]}):
        figure(plot).savefig(out, format="svg", metadata=NOTHING)
    text = out.getvalue().decode("utf-8")
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    head, _, rest = text.partition(">")
    return re.sub(r' (width|height)="[^"]*"', "", head) + ">" + rest  # the page gives it its size


def figure(plot: Plot) -> Figure:
    """The figure of a plot."""
    from matplotlib.figure import Figure

    rows = sum(len(s.x) for s in plot.series)
    height = max(1.6, 0.9 + BAR_HEIGHT * rows) if plot.kind == "bars" else HEIGHT
    made = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = made.add_subplot()
    _DRAW[plot.kind](axes, plot)
    axes.set_title(_plain(plot.title), fontsize=10, loc="left")
    axes.set_xlabel(_plain(plot.x_label))
    axes.set_ylabel(_plain(plot.y_label))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return made


def _plain(text: str) -> str:
    """Text that matplotlib must not read as mathematics."""
    return text.replace("$", r"\$")


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def _lines(axes: Axes, plot: Plot) -> None:
    for n, series in enumerate(plot.series):
        x = np.arange(len(series.x)) if any(isinstance(v, str) for v in series.x) else series.x
        marker = "o" if len(series.x) <= 12 else None
        axes.plot(x, series.y, color=_colour(n), label=_plain(series.name), marker=marker, markersize=3, linewidth=1.4)
        if any(isinstance(v, str) for v in series.x):
            axes.set_xticks(x, [_plain(str(v)) for v in series.x])
    axes.set_ylim(0, 1.02)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    if len(plot.series) > 1:
        axes.legend(frameon=False, fontsize=8)


def _dots(axes: Axes, plot: Plot) -> None:
    for n, series in enumerate(plot.series):
        axes.scatter(series.x, series.y, s=16, color=_colour(n), alpha=0.75, label=_plain(series.name), linewidths=0)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(color="#e5e5e5", linewidth=0.6)


def _bars(axes: Axes, plot: Plot) -> None:
    """Names from top to bottom; a series after the other under each name."""
    names = list(dict.fromkeys(name for s in plot.series for name in s.x))
    step = len(plot.series)
    for n, series in enumerate(plot.series):
        at = np.array([names.index(name) * (step + GAP) + n for name in series.x], dtype=float)
        axes.barh(at, series.y, height=0.8, color=_colour(n), alpha=0.85, label=_plain(series.name))
        if series.low:
            axes.errorbar(series.y, at, xerr=_errors(series), fmt="none", ecolor="#222222", elinewidth=1, capsize=2)
    middles = [i * (step + GAP) + (step - 1) / 2 for i in range(len(names))]
    axes.set_yticks(middles, [_plain(str(name)) for name in names])
    axes.invert_yaxis()
    axes.axvline(0, color="#222222", linewidth=0.8)
    if step > 1:
        axes.figure.legend(loc="outside lower center", ncols=step, frameon=False, fontsize=8)


def _errors(series: Series) -> F64:
    y, low, high = (np.array(v, dtype=float) for v in (series.y, series.low, series.high))
    ends: F64 = np.clip(np.vstack([y - low, high - y]), 0, None)
    return ends


_DRAW = {"line": _lines, "dots": _dots, "bars": _bars}
