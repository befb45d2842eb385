"""A stage of the job, what it may use, and how it is run: measured, into a folder of its own, marked when done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from graphfraud.core import clock
from graphfraud.core.previous import Previous
from graphfraud.core.runs import RunCatalogue
from graphfraud.nightly.meter import Meter
from graphfraud.nightly.options import OpenStore, Progress, Site, StageEvent
from graphfraud.nightly.work import Mark, Work
from graphfraud.settings import Settings


@dataclass(frozen=True)
class Context:
    """What a stage works with. It reads the work folder (and the store, in `facts`) and writes where it is told."""

    work: Work
    settings: Settings
    open_store: OpenStore
    runs: Path

    @property
    def facts(self) -> Path:
        return self.work.run / "facts"

    @property
    def snapshot(self) -> Path:
        return self.work.run / "snapshot"

    @cached_property
    def previous(self) -> Previous | None:
        """Findings of the predecessor; read once."""
        if self.work.plan.predecessor is None:
            return None
        with RunCatalogue(self.runs).open(self.work.plan.predecessor["run_id"]) as run:
            return Previous.load(run)


@dataclass(frozen=True)
class Stage:
    """`run(context, folder)` writes everything into `folder`, which becomes `output` of the work folder.

    It returns counts for the manifest; `edges` among them are edge counts per graph. `beside` is the name of a later
    stage that needs nothing of this one, so that a second process can work on it meanwhile.
    """

    name: str
    output: str
    run: Callable[[Context, Path], Mapping[str, Any]]
    beside: str | None = None


def measured(stage: Stage, context: Context) -> Mark:
    """Run a stage into its folder and mark it done."""
    with Meter() as meter:
        counts = dict(stage.run(context, context.work.part(stage.name)))
    mark = Mark(stage.name, meter.wall_s, meter.peak_mb, counts)
    context.work.finish(stage.output, mark)
    return mark


def run_stage(stage: Stage, context: Context, site: Site, progress: Progress, *, elsewhere: bool = False) -> Mark:
    """Run a stage, or keep what an earlier attempt or (`elsewhere`) a second process of this one has done."""
    mark = context.work.mark(stage.name, stage.output)
    if mark is not None and not elsewhere:
        progress(StageEvent(stage.name, "kept", mark.wall_s, mark.counts))
        return mark
    progress(StageEvent(stage.name, "started"))
    mark = mark or measured(stage, context)
    log(site, context.work.plan.run_id, mark)
    progress(StageEvent(stage.name, "finished", mark.wall_s, mark.counts))
    return mark


def log(site: Site, run_id: str, mark: Mark, status: str = "done", reason: str = "") -> None:
    """One JSON line a stage in logs/nightly.jsonl: figures only, no name, account or secret."""
    line = asdict(mark) | {"run_id": run_id, "status": status, "at": clock.iso(now())}
    del line["files"]
    site.log.parent.mkdir(parents=True, exist_ok=True)
    with site.log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line | ({"reason": reason} if reason else {}), sort_keys=True) + "\n")


def now() -> int:
    """The clock, for run ids and timings only: µs."""
    return clock.to_micros(datetime.now(UTC))
