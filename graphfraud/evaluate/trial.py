"""Trials: runs of the whole detector on facts of a world that were altered on purpose.

The measures say what they want; who runs it (bootstrap) is none of their business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa


@dataclass(frozen=True)
class Trial:
    """One run as of T.

    name     of the trial; trials that are not fresh and have the same name follow one another in one workspace
    changed  canonical tables in place of the world's own; None: the world without that table
    fresh    without predecessor; else the run before of the same name is the predecessor
    """

    name: str
    as_of: int
    changed: Mapping[str, pa.Table | None] = field(default_factory=dict)
    fresh: bool = True


#: Runs a trial; the findings tables of its run, by name.
Detect: TypeAlias = Callable[[Trial], Mapping[str, pa.Table]]
