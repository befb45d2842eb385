"""The work folder of a run that is not finished: runs/.work/<run_id>/.

    plan.json        what the run is of: as_of, settings, predecessor, versions
    marks/STAGE.json written when a stage is done: seconds, peak memory, counts, size of every file it wrote
    run/             what will be published (facts, snapshot, findings, index)
    STAGE/           what only later stages need
    part-STAGE/      output of a stage at work; renamed to its place when the stage is done

A stage that was killed leaves a `part-` folder, which the next attempt empties.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from graphfraud.core.runs import WORK
from graphfraud.nightly.atomic import read_json, remove, sizes, write_json

DRY = "-dry"


@dataclass(frozen=True)
class Plan:
    """What a run is a function of, and when it started (µs)."""

    run_id: str
    as_of: int
    started_at: int
    settings_hash: str
    versions: dict[str, str]
    predecessor: dict[str, str] | None = None  # run_id, findings_hash
    fresh: bool = False
    publish: bool = False

    def unfit(self, other: Plan) -> list[str]:
        """Why work done under this plan cannot serve another one; empty if it can."""
        reasons = []
        if self.as_of != other.as_of:
            reasons.append("it is as of another time")
        if self.settings_hash != other.settings_hash:
            reasons.append("the settings that govern findings have changed")
        if self.versions != other.versions:
            reasons.append("it was started by another version")
        if self.predecessor != other.predecessor:
            reasons.append("another run has become its predecessor")
        return reasons


@dataclass(frozen=True)
class Mark:
    """A finished stage. `files`: bytes by path below its output."""

    stage: str
    wall_s: float
    peak_mb: float
    counts: dict[str, Any] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """One unfinished run on disk."""

    folder: Path
    plan: Plan

    @classmethod
    def create(cls, runs: Path, plan: Plan) -> Self:
        work = cls(runs / WORK / plan.run_id, plan)
        (work.folder / "marks").mkdir(parents=True)
        write_json(work.folder / "plan.json", asdict(plan))
        return work

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """None if there is no plan this version can read."""
        try:
            return cls(folder, Plan(**read_json(folder / "plan.json")))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def run(self) -> Path:
        """What will become the published run."""
        return self.folder / "run"

    def part(self, stage: str) -> Path:
        """An empty folder for a stage to write into."""
        part = self.folder / f"part-{stage}"
        remove(part)
        part.mkdir(parents=True)
        return part

    def finish(self, output: str, mark: Mark) -> None:
        """Move a stage's output to its place, then mark the stage done."""
        place = self.folder / output
        place.parent.mkdir(parents=True, exist_ok=True)
        remove(place)
        os.rename(self.folder / f"part-{mark.stage}", place)
        write_json(self.folder / "marks" / f"{mark.stage}.json", asdict(mark) | {"files": sizes(place)})

    def mark(self, stage: str, output: str) -> Mark | None:
        """The mark of a stage whose files are all there in full; None if it is to be done (again)."""
        path = self.folder / "marks" / f"{stage}.json"
        if not path.exists():
            return None
        mark = Mark(**read_json(path))
        return mark if mark.files == sizes(self.folder / output) else None

    def refuse(self, manifest: Mapping[str, Any]) -> None:
        """Keep the manifest of a refused run beside its work."""
        write_json(self.folder / "manifest.json", manifest)

    def refusals(self) -> list[dict[str, Any]]:
        """What guards have said against this run so far."""
        path = self.folder / "manifest.json"
        return list(read_json(path)["refusals"]) if path.exists() else []

    def discard(self) -> None:
        """Delete the work folder; a kill in between leaves it without a plan, and it goes next time."""
        (self.folder / "plan.json").unlink(missing_ok=True)
        remove(self.folder)


def unfinished(runs: Path) -> list[Work]:
    """Runs that were started and neither published nor thrown away, newest first."""
    found = [w for p in _folders(runs) if not p.name.endswith(DRY) and (w := Work.open(p)) is not None]
    return sorted(found, key=lambda w: (w.plan.started_at, w.plan.run_id), reverse=True)


def leftovers(runs: Path) -> list[Path]:
    """Work folders that cannot be resumed: of killed dry runs, without a plan, or with a plan of another version."""
    return [p for p in _folders(runs) if p.name.endswith(DRY) or Work.open(p) is None]


def _folders(runs: Path) -> list[Path]:
    return sorted(p for p in (runs / WORK).glob("*") if p.is_dir())
