"""Chinese working days: Monday to Friday, less the public holidays, and the days worked in their place (调休).

A day is a number of days since 1970-01-01 in Shanghai. `number(day)` counts working days before it, so days off have
the number of the working day after them, and days lie within n working days when their numbers differ by less than n.
The table of holidays is `workdays.toml`; years that it lacks go by Monday to Friday.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

import numpy as np

from graphfraud.core.snapshot import I64

_EPOCH = date(1970, 1, 1)
MONDAY = 3  # days from a Monday to 1970-01-01


@dataclass(frozen=True)
class Corrections:
    """What the holidays add to a count of Monday–Friday days.

    before[i]: for day first + i, working days before it less Monday–Friday days before it. The last entry holds for all
    later days; earlier ones have 0. `years` are those the table knows.
    """

    first: int
    before: I64
    years: tuple[int, ...]


@cache
def corrections() -> Corrections:
    """The table of holidays, read from the package once."""
    file = resources.files("graphfraud.core") / "workdays.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    changes = {_day(d): -1 for year in table.values() for d in year["off"]}
    changes |= {_day(d): 1 for year in table.values() for d in year["worked"]}
    first = min(changes)
    by_day = np.zeros(max(changes) - first + 1, np.int64)
    for day, change in changes.items():
        by_day[day - first] = change
    return Corrections(first, np.concatenate([[0], np.cumsum(by_day)]), tuple(sorted(map(int, table))))


def number(day: I64) -> I64:
    """Working days before each day, counted from Monday 1969-12-29. O(days)."""
    known = corrections()
    since = day + MONDAY
    at = np.clip(day - known.first, 0, len(known.before) - 1)
    result: I64 = since // 7 * 5 + np.minimum(since % 7, 5) + known.before[at]
    return result


def _day(day: date) -> int:
    return (day - _EPOCH).days
