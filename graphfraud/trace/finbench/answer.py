"""What a read answers: columns of integers with a unit, and the benchmark's rows made from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphfraud.core.snapshot import I64

#: a ratio that is not defined, in thousandths, and the greatest of no amounts, in minor units: −1 in the rows
NO_RATIO, NO_AMOUNT = -1000, -100
Cell = int | str | Decimal | tuple[Any, ...]


class Unit(StrEnum):
    """What the integers of a column are."""

    ID = "id"
    COUNT = "count"
    TEXT = "text"
    MONEY = "minor units"
    RATIO = "thousandths"
    PATH = "ids along a path"


@dataclass(frozen=True)
class Column:
    """One column: a unit and its values."""

    unit: Unit
    values: Sequence[Any] | NDArray[Any]

    def cells(self, limit: int | None) -> list[Cell]:
        """The first `limit` values as the benchmark writes them: money and ratios are decimals."""
        head = self.values[:limit]
        plain: list[Any] = head.tolist() if isinstance(head, np.ndarray) else list(head)
        if self.unit is Unit.MONEY:
            return [Decimal(v).scaleb(-2) for v in plain]
        return [Decimal(v).scaleb(-3) for v in plain] if self.unit is Unit.RATIO else plain


@dataclass(frozen=True)
class Answer:
    """Columns of equal length, rows in the benchmark's order."""

    columns: dict[str, Column]
    left_out: int = 0  # links that a truncation did not follow, counted at every hop

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())).values)

    def rows(self, limit: int | None = None) -> list[dict[str, Cell]]:
        """The first `limit` rows as the benchmark writes them."""
        cells = [column.cells(limit) for column in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*cells, strict=True)]


def _maker(unit: Unit) -> Callable[[Any], Column]:
    return lambda values: Column(unit, values)


ids, counts, texts = _maker(Unit.ID), _maker(Unit.COUNT), _maker(Unit.TEXT)
money, ratios, paths = _maker(Unit.MONEY), _maker(Unit.RATIO), _maker(Unit.PATH)


def ratio(part: int, whole: int) -> int:
    """part / whole in thousandths, rounded half up; NO_RATIO where `whole` is 0.

    >>> ratio(1, 16), ratio(1, 3), ratio(5, 0)
    (63, 333, -1000)
    """
    return (2000 * part + whole) // (2 * whole) if whole else NO_RATIO


def ratios_of(parts: I64, whole: int) -> I64:
    """`ratio` of every part. `whole` is at most 10^15, so nothing overflows."""
    full, rest = np.divmod(parts, whole)
    result: I64 = 1000 * full + (2000 * rest + whole) // (2 * whole)
    return result
