"""What moves between the query service and the store that runs a statement for an investigator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphfraud.errors import UsageError

MAX_ROWS = 100_000


@dataclass(frozen=True)
class Budget:
    """How much a query may give and take. Raises UsageError out of range."""

    rows: int = 200
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 1 <= self.rows <= MAX_ROWS:
            raise UsageError(f"--limit is {self.rows}; it goes from 1 to {MAX_ROWS:,} rows")
        if not 0.001 <= self.seconds <= 86_400:
            raise UsageError(f"--timeout is {self.seconds:g}; it goes from 0.001 to 86400 seconds")


@dataclass(frozen=True)
class Found:
    """The rows of a statement, each a value a column; `more` when there are more than the budget allows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool
    seen: int  # the last finished load: facts of later ones are not in the rows
    unknown: tuple[str, ...] = ()  # accounts asked for that are not in the graph; looked up when there are no rows
