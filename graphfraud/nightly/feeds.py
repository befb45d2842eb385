"""How far each feed reaches and how much of it came lately: for the manifest and the drift guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.snapshot import I64

#: feed → (its Parquet file of effective facts, the column that says when a row happened, µs)
FEEDS: Mapping[str, str] = {"transfers": "time", "cash": "time", "identifiers": "last_seen"}


@dataclass(frozen=True)
class Feed:
    """One feed at T. Times in µs; days are Shanghai days; medians over the days before the last complete one.

    last_day_rows: rows of the last day that is over at T. median_day_rows: None with fewer than 3 days of history.
    recent_rows: rows of the last `guard.feed_days` days.
    """

    rows: int
    first_time: int | None = None
    last_time: int | None = None
    last_day_rows: int = 0
    median_day_rows: float | None = None
    recent_rows: int = 0


def read_feeds(facts: Path, as_of: int, days: int) -> dict[str, Feed]:
    """Every feed, from the Parquet files of effective facts. O(rows)."""
    return {name: _feed(facts / f"{name}.parquet", column, as_of, days) for name, column in FEEDS.items()}


def _feed(file: Path, column: str, as_of: int, days: int) -> Feed:
    values = pq.read_table(file, columns=[column])[column].drop_null()
    return measure(np.asarray(values.to_numpy(), dtype=np.int64), as_of, days)


def measure(time: I64, as_of: int, days: int) -> Feed:
    """A feed from the times of its rows (µs, any order)."""
    if not len(time):
        return Feed(0)
    complete = (as_of + SHANGHAI_OFFSET) // DAY - 1
    day = (time + SHANGHAI_OFFSET) // DAY
    history = range(max(int(day.min()), complete - days), complete)
    near = day[(day >= complete - days) & (day <= complete)] - (complete - days)
    counts = np.bincount(near, minlength=days + 1)
    median = float(np.median(counts[days - len(history) : days])) if len(history) >= 3 else None
    recent = int(np.count_nonzero(time > as_of - days * DAY))
    return Feed(len(time), int(time.min()), int(time.max()), int(counts[days]), median, recent)
