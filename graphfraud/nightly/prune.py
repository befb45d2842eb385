"""Deleting old runs, never while a reader holds them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from graphfraud.core.runs import RunCatalogue
from graphfraud.nightly.atomic import read_json, remove, sync_folder
from graphfraud.nightly.work import unfinished

TRASH = ".trash"


@dataclass(frozen=True)
class Pruned:
    """Runs deleted, and runs that were due but are being read."""

    deleted: tuple[str, ...]
    held: tuple[str, ...]


def prune(runs: Path, keep: int, spare: Collection[str] = ()) -> Pruned:
    """Keep the `keep` newest published runs (by the time they were published), the live one, `spare`, and the
    predecessor of every run at work. A run that is being read stays until the next time.
    """
    (runs / TRASH).mkdir(exist_ok=True)
    for rest in (runs / TRASH).iterdir():  # what a kill left
        remove(rest)
    live = RunCatalogue(runs).live_id()
    needed = {live, *spare, *(w.plan.predecessor["run_id"] for w in unfinished(runs) if w.plan.predecessor)}
    due = [name for name in _newest_first(runs)[keep:] if name not in needed]
    deleted = [name for name in due if _delete(runs, name)]
    return Pruned(tuple(deleted), tuple(n for n in due if n not in deleted))


def _newest_first(runs: Path) -> list[str]:
    manifests = {p.parent.name: read_json(p) for p in runs.glob("*/manifest.json")}
    return sorted(manifests, key=lambda n: (int(manifests[n].get("finished_at", 0)), n), reverse=True)


def _delete(runs: Path, name: str) -> bool:
    """Rename away under the exclusive lock on `hold`, then delete. False if a reader holds the run."""
    folder, trash = runs / name, runs / TRASH / name
    with (folder / "hold").open("a") as hold:
        try:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.rename(folder, trash)
        sync_folder(runs)
    remove(trash)
    return True
