"""Where the boxes of a picture stand and where bands touch them. Lengths in inches, y downwards; money in fen.

A band touches a box over [at, at + amount) of the box's money, counted in fen from its top: bands tile the sides of
a box exactly, which a test checks. Only the scale (inches a fen) is a float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphfraud.services.sankey.graph import Box, Cash, Picture, rank

STEP = 2.35  # from column to column
BAR = 0.14  # width of a box
GAP = 0.21  # above each box; its label stands there
HEAD = 1.0  # title and names of columns
SIDE = 0.3
LINE = 0.2  # of the legend
LEAST = 3.2  # height of the tallest column's money
MOST = 6.0


@dataclass(frozen=True)
class Placed:
    """A box in its place. `scale` inches a fen makes its height."""

    box: Box
    x: float
    y: float
    amount: int


@dataclass(frozen=True)
class Band:
    """Money from one box to another; `leaves` and `enters` in fen from the top of the two boxes."""

    source: Box
    target: Box
    amount: int
    leaves: int
    enters: int


@dataclass(frozen=True)
class Dashed:
    """A hypothesis: a dashed line from a box of cash to a place without money."""

    source: Box
    cash: Cash
    x: float
    y: float


@dataclass(frozen=True)
class Layout:
    """A picture with every place worked out."""

    picture: Picture
    scale: float  # inches a fen
    width: float
    height: float  # without the legend
    boxes: Mapping[Box, Placed]
    bands: Sequence[Band]
    dashed: Sequence[Dashed]


def layout(picture: Picture) -> Layout:
    """Places for a picture: the same picture, the same places. O(bands · log bands)."""
    columns = _ordered(picture)
    lines = [len(column) + _ghosts(picture, c) for c, column in enumerate(columns)]
    scale = min(MOST, max(LEAST, 0.3 * max(lines, default=1))) / max(picture.money.total, 1)
    tall = max(
        (scale * sum(picture.amounts[b] for b in column) + GAP * n for column, n in zip(columns, lines, strict=True)),
        default=0.0,
    )
    last = len(columns) - 1
    boxes: dict[Box, Placed] = {}
    dashed: list[Dashed] = []
    for c, column in enumerate(columns):
        x = SIDE + STEP * (last - c if picture.money.direction == "up" else c)
        y = HEAD
        for box in column:
            y += GAP
            boxes[box] = Placed(box, x, y, picture.amounts[box])
            y += scale * picture.amounts[box]
        for source, cash in _into(picture, c):
            y += GAP
            dashed.append(Dashed(source, cash, x, y))
    width = 2 * SIDE + STEP * max(last, 0) + STEP * 0.72
    return Layout(picture, scale, width, HEAD + tall + SIDE, boxes, _touching(picture, boxes), dashed)


def _into(picture: Picture, column: int) -> list[tuple[Box, Cash]]:
    """Hypotheses that lead into a column."""
    sources = sorted((b for b in picture.cash if b.column == column - 1), key=rank)
    return [(box, cash) for box in sources for cash in picture.cash[box]]


def _ghosts(picture: Picture, column: int) -> int:
    return len(_into(picture, column))


def _ordered(picture: Picture) -> list[list[Box]]:
    """Boxes of each column from the top: near what they come from, then by kind, amount and name."""
    columns: list[list[Box]] = [[] for _ in range(picture.columns)]
    for box in picture.amounts:
        columns[box.column].append(box)
    comes: dict[Box, list[tuple[Box, int]]] = {}
    for (source, target), amount in picture.bands.items():
        comes.setdefault(target, []).append((source, amount))
    middle: dict[Box, int] = {}  # twice the fen above its middle
    for column in columns:
        keyed = [
            (
                sum(middle[s] * a for s, a in comes.get(b, ())) // picture.amounts[b],
                rank(b),
                -picture.amounts[b],
                b.name,
                b,
            )
            for b in column
        ]
        column[:] = [b for *_, b in sorted(keyed)]
        above = 0
        for box in column:
            middle[box] = 2 * above + picture.amounts[box]
            above += picture.amounts[box]
    return columns


def _touching(picture: Picture, boxes: Mapping[Box, Placed]) -> list[Band]:
    """Bands in order of their boxes from the top; at each box they lie in the order of the boxes they go to."""

    def top(box: Box) -> tuple[int, float]:
        return box.column, boxes[box].y

    leaves, enters = dict.fromkeys(boxes, 0), dict.fromkeys(boxes, 0)
    ends: dict[tuple[Box, Box], int] = {}
    for source, target in sorted(picture.bands, key=lambda b: (top(b[1]), top(b[0]))):
        ends[source, target] = enters[target]
        enters[target] += picture.bands[source, target]
    found = []
    for source, target in sorted(picture.bands, key=lambda b: (top(b[0]), top(b[1]))):
        amount = picture.bands[source, target]
        found.append(Band(source, target, amount, leaves[source], ends[source, target]))
        leaves[source] += amount
    return found
