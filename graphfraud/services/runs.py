"""Runs: what has been published, which one is live, and the manifest of one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from graphfraud.core.runs import WORK, RunCatalogue
from graphfraud.services.answers import Answer, Document, Micros, stamp

DRY = "-dry"  # a dry run that was killed; nothing can resume it


@dataclass(frozen=True)
class RunRow:
    """A published run."""

    run_id: str
    status: Annotated[str, Field(description="live: what reads use by default; published: kept beside it")]
    as_of: Micros
    findings_hash: str
    predecessor: str | None
    version: Annotated[str | None, Field(description="graphfraud that made it")]


@dataclass(frozen=True)
class RunsAnswer(Document):
    """The published runs, oldest first, and the runs that were begun and not finished."""

    run_id: Annotated[str | None, Field(description="the live run; null before the first")]
    as_of: Micros | None
    runs: list[RunRow]
    unfinished: Annotated[list[str], Field(description="`graphfraud nightly --resume` goes on with the latest")]


@dataclass(frozen=True)
class ManifestAnswer(Answer):
    """The manifest of one run (contracts.md §2)."""

    manifest: dict[str, Any]


def runs(catalogue: RunCatalogue) -> RunsAnswer:
    """Every published run; one manifest is read per run."""
    live = catalogue.live_id()
    rows = [_row(catalogue.root / name, live) for name in catalogue.ids()]
    now = next((r for r in rows if r.run_id == live), None)
    work = catalogue.root / WORK
    begun = work.iterdir() if work.is_dir() else []
    unfinished = sorted(p.name for p in begun if (p / "plan.json").exists() and not p.name.endswith(DRY))
    return RunsAnswer(now.run_id if now else None, now.as_of if now else None, rows, unfinished)


def manifest(catalogue: RunCatalogue, run_id: str | None) -> ManifestAnswer:
    """The manifest of a run, by default the live one. Raises UnknownId."""
    with catalogue.open(run_id) as run:
        return ManifestAnswer(**stamp(run), manifest=run.manifest)


def _row(folder: Path, live: str | None) -> RunRow:
    raw = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return RunRow(
        folder.name,
        "live" if folder.name == live else "published",
        int(raw["as_of"]),
        str(raw["findings_hash"]),
        _predecessor(raw.get("predecessor")),
        (raw.get("versions") or {}).get("graphfraud"),
    )


def _predecessor(value: object) -> str | None:
    """The manifest names the predecessor by its id, or as an object with its id and hash."""
    if isinstance(value, dict):
        return value.get("run_id")
    return str(value) if value else None
