"""`graphfraud synthesize`: a simulated world with its truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from graphfraud.errors import InputError, UsageError
from graphfraud.ingest.synthetic import BenchPlan, Plan, kinds, preset, synthesize, write_world
from graphfraud.services.answers import Document

BENCH = "bench"
_PER_ACCOUNT = 10  # transfers of a bench world


@dataclass(frozen=True)
class WorldAnswer(Document):
    """A simulated world that was written. Nobody in it is real."""

    folder: str
    kind: str
    seed: int
    accounts: int
    days: int
    rows: Annotated[dict[str, int], Field(description="rows of each table")]


def make(folder: Path, kind: str, seed: int, size: tuple[int, int], changes: Sequence[str]) -> WorldAnswer:
    """Write a world of (accounts, days) into a new or empty folder.

    Raises UsageError for an unknown kind or knob, or a world that is too small; InputError where the folder has files.
    """
    accounts, days = size
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty; name a new folder, a world is written as a whole")
    if kind == BENCH:
        if changes or days != 90 or accounts < 1_000:
            raise UsageError(f"a {BENCH} world has 90 days, no knobs and at least 1,000 accounts: --days 90")
        rows = write_world(BenchPlan(accounts * _PER_ACCOUNT, seed), folder).rows
    elif kind in kinds():
        rows = synthesize(Plan(kind, preset(kind, changes), seed, accounts, days), folder).rows
    else:
        raise UsageError(f"there is no kind of world {kind!r}; there are: {', '.join((*kinds(), BENCH))}")
    return WorldAnswer(str(folder), kind, seed, accounts, days, rows)
