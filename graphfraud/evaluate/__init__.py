"""Evaluation: figures of a run against a world whose truth is known (contracts.md §5).

    source = sources(folder)[0]; world = source.prepare(scratch)
    report(world.truth, world.facts, {"scores": scores, "rings": rings}, world.headline) -> Evaluation

Pure functions over exported findings and truth tables; nothing here reads a store or runs the nightly job.
"""

from __future__ import annotations

from graphfraud.evaluate.evaluation import SCORE_COLUMNS, Evaluation, report
from graphfraud.evaluate.worlds import Source, World, recognise, sources

__all__ = ["SCORE_COLUMNS", "Evaluation", "Source", "World", "recognise", "report", "sources"]
