"""What is measured of every run beside the scores: one section each, cheap enough for every cut.

A measure is a function from a case to a section, or None where the world or the findings do not have what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphfraud.core.snapshot import F64
from graphfraud.evaluate import budgets, curves, groups, intervals, opinions
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.holds import holds_section
from graphfraud.evaluate.leads import leads_section
from graphfraud.evaluate.section import Section
from graphfraud.evaluate.victims import next_section, victims_section

MEASURES: tuple[Callable[[Case], Section | None], ...] = (
    budgets.measure,
    groups.recall_measure,
    groups.strata_measure,
    groups.indicators_measure,
    opinions.section,
    curves.rings_measure,
    leads_section,
    victims_section,
    next_section,
    holds_section,
)


def measured(case: Case, others: Mapping[str, F64]) -> tuple[Section, ...]:
    """Every section of a run, in a fixed order."""
    first = (intervals.section(intervals.intervals(case, others)), curves.curves(case, others))
    return (*first, *(s for s in (measure(case) for measure in MEASURES) if s is not None))
