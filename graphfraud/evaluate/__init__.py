"""Evaluation: figures of a run against a world whose truth is known (contracts.md §5).

    source = sources(folder)[0]; world = source.prepare(scratch)
    report(world.truth, world.facts, {"scores": scores, "rings": rings}, world.headline) -> Evaluation

Pure functions over exported findings and truth tables; nothing here reads a store or runs the nightly job.
"""

from __future__ import annotations

from graphfraud.evaluate.alter import altered_files
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.evaluation import SCORE_COLUMNS, Evaluation, report
from graphfraud.evaluate.full import full_sections
from graphfraud.evaluate.page import Chapter, chapter, write_page
from graphfraud.evaluate.section import Grid, Section, by_key
from graphfraud.evaluate.trial import Detect, Trial
from graphfraud.evaluate.worlds import Source, World, recognise, sources

__all__ = [
    "SCORE_COLUMNS",
    "Case",
    "Chapter",
    "Detect",
    "Evaluation",
    "Grid",
    "Section",
    "Source",
    "Trial",
    "World",
    "altered_files",
    "by_key",
    "chapter",
    "full_sections",
    "recognise",
    "report",
    "sources",
    "write_page",
]
