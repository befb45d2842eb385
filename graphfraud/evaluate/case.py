"""What a measure looks at: one run's findings beside the truth of the world, at one cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import F64, I64, Flags
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.panel import Panel, export_levels, export_scores, panel
from graphfraud.evaluate.truth import Truth

GRAPHFRAUD = "graphfraud"


@dataclass(frozen=True)
class Case:
    """Findings of a run (`scores` and `rings` at least: findings tables or exports) and what is true.

    score, level   of every account of the world: 0 where it is not in the findings, or has no level
    """

    truth: Truth
    facts: WorldFacts
    findings: Mapping[str, pa.Table]
    who: Panel
    score: F64
    level: I64

    @classmethod
    def of(cls, truth: Truth, facts: WorldFacts, findings: Mapping[str, pa.Table], as_of: int) -> Case:
        """The case of a run at T. O(accounts)."""
        table = findings["scores"]
        levels = np.zeros(len(facts), dtype=np.int64)
        if "level" in table.column_names:
            levels = export_levels(table, facts)
        return cls(truth, facts, findings, panel(truth, facts, as_of), export_scores(table, facts), levels)

    @property
    def as_of(self) -> int:
        return self.who.as_of

    @property
    def target(self) -> Flags:
        """Hidden ring members that have acted; all hidden ones where the world does not say who has."""
        return self.who.hidden if self.who.acted is None else self.who.acted
