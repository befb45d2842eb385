"""Publishing: a run folder that is complete when it appears, then one pointer that is swapped.

    1. index/ and hold in the work folder's run/; every file hashed and made durable; manifest.json last
    2. the store takes over the findings (only if the run goes live)
    3. run/ is renamed to runs/<run_id>/
    4. runs/LIVE is replaced

Each step can be repeated, so a run killed anywhere in here is resumed by doing them again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.core.findings import FINDINGS
from graphfraud.core.runs import LIVE, AccountIndex, PublishedRun, RunCatalogue
from graphfraud.core.snapshot import Snapshot
from graphfraud.nightly.atomic import digests, read_json, remove, sync_folder, write_json, write_text
from graphfraud.nightly.manifest import PUBLISHED, stage_row
from graphfraud.nightly.meter import Meter
from graphfraud.nightly.options import OpenStore
from graphfraud.nightly.stage import now
from graphfraud.nightly.work import Mark, Work
from graphfraud.stores.base import RunRecord

PUBLISH = "publish"


@dataclass(frozen=True)
class Publication:
    """A run that passed the guards. `live`: whether the pointer moves to it."""

    work: Work
    runs: Path
    tables: Mapping[str, pa.Table]
    manifest: dict[str, Any]
    live: bool


def load_findings(folder: Path) -> dict[str, pa.Table]:
    """Every findings table of a run."""
    return {name: pq.read_table(folder / f"{name}.parquet", schema=spec.schema) for name, spec in FINDINGS.items()}


def goes_live(runs: Path, as_of: int, publish: bool) -> tuple[bool, str | None]:
    """Whether a run as of T becomes live, and which run is live now."""
    live = RunCatalogue(runs).live_id()
    if live is None or publish:
        return True, live
    with PublishedRun(runs / live) as run:
        return as_of >= run.as_of, live


def placed(work: Work, runs: Path) -> bool:
    """Whether the run folder has been moved to its place already."""
    return (runs / work.plan.run_id / "manifest.json").exists()


def publish(publication: Publication, open_store: OpenStore) -> dict[str, Any]:
    """Do the four steps; returns the manifest as published."""
    with Meter() as meter:
        assemble(publication.work.run, publication.tables)
        files = digests(publication.work.run, sync=True)
    manifest = seal(publication, files, Mark(PUBLISH, meter.wall_s, meter.peak_mb))
    if publication.live:
        record = RunRecord(manifest["run_id"], int(manifest["as_of"]), manifest["findings_hash"])
        with open_store() as store:
            store.write_findings(record, publication.tables)
    place(publication.work, publication.runs)
    if publication.live:
        swap(publication.runs, manifest["run_id"])
    return manifest


def assemble(run: Path, tables: Mapping[str, pa.Table]) -> None:
    """Add the look-up index and the file readers hold."""
    remove(run / "index")
    AccountIndex.build(tables, Snapshot.open(run / "snapshot").accounts.id).save(run / "index")
    (run / "hold").touch()
    (run / "manifest.json").unlink(missing_ok=True)


def seal(publication: Publication, files: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Write the manifest, with the hash of every durable file: the last file of a run. `mark`: publishing so far."""
    stages = [*publication.manifest["stages"], stage_row(mark)]
    ending = {"status": PUBLISHED, "made_live": publication.live, "files": dict(files), "stages": stages}
    manifest = publication.manifest | ending | {"finished_at": now()}
    write_json(publication.work.run / "manifest.json", manifest)
    return manifest


def place(work: Work, runs: Path) -> None:
    """Move the complete run among the published ones: one rename."""
    os.rename(work.run, runs / work.plan.run_id)
    sync_folder(runs)


def swap(runs: Path, run_id: str) -> None:
    """Make a run live: readers see the old pointer or the new one, nothing between."""
    write_text(runs / LIVE, f"{run_id}\n")


def finish_placed(work: Work, runs: Path) -> dict[str, Any]:
    """The rest for a run that was killed between its rename and the swap."""
    manifest: dict[str, Any] = read_json(runs / work.plan.run_id / "manifest.json")
    if manifest["made_live"]:
        swap(runs, work.plan.run_id)
    return manifest
