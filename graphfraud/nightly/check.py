"""`graphfraud check`: the store, every published run, and the pointer, verified against what the manifests say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphfraud.core.findings import findings_hash
from graphfraud.core.runs import AccountIndex, PublishedRun, RunCatalogue
from graphfraud.core.snapshot import Snapshot
from graphfraud.errors import CheckFailed, GraphFraudError, StoreBusy
from graphfraud.nightly.atomic import digests
from graphfraud.nightly.manifest import PUBLISHED
from graphfraud.nightly.options import OpenStore
from graphfraud.nightly.publish import load_findings
from graphfraud.nightly.versions import MANIFEST_FORMAT
from graphfraud.stores.base import StoreStats
from graphfraud.stores.mirror import MirroredStore


@dataclass(frozen=True)
class Item:
    """One thing verified; `problem` is empty if it is as it should be."""

    what: str
    problem: str = ""
    detail: str = ""


@dataclass(frozen=True)
class CheckReport:
    """Everything that was verified."""

    items: tuple[Item, ...]

    @property
    def problems(self) -> tuple[Item, ...]:
        return tuple(i for i in self.items if i.problem)

    def demand(self) -> None:
        """Raises CheckFailed with the list if anything is wrong."""
        if self.problems:
            text = "\n".join(f"- {i.what}: {i.problem}" for i in self.problems)
            raise CheckFailed(f"{len(self.problems)} of {len(self.items)} checks failed:\n{text}")


def check(runs: Path, open_store: OpenStore, seen: Callable[[Item], None] | None = None) -> CheckReport:
    """Verify the workspace. O(bytes of the published runs)."""
    items = []
    for item in _items(runs, open_store):
        items.append(item)
        if seen is not None:
            seen(item)
    return CheckReport(tuple(items))


def _items(runs: Path, open_store: OpenStore) -> Iterator[Item]:
    catalogue = RunCatalogue(runs)
    live = catalogue.live_id()
    stats: StoreStats | None = None
    try:
        with open_store() as store:
            stats = store.stats()
            wrong = store.verify() if isinstance(store, MirroredStore) else ""
        yield Item("store", wrong, f"{sum(stats.rows.values()):,} facts, format {stats.format_version}")
    except StoreBusy:
        raise
    except GraphFraudError as exc:
        yield Item("store", str(exc))
    names = sorted(p.name for p in runs.glob("*") if p.is_dir() and not p.name.startswith("."))
    for name in names:
        yield from _run(runs / name, stats if name == live else None)
    yield _pointer(live, names, stats)


def _run(folder: Path, stats: StoreStats | None) -> Iterator[Item]:
    what = f"run {folder.name}"
    try:
        with PublishedRun(folder) as run:
            problems = list(_run_problems(run, stats))
            detail = (
                f"{len(run.manifest.get('files', {}))} files, findings {run.manifest.get('findings_hash', '')[:12]}"
            )
    except (GraphFraudError, OSError, ValueError, KeyError, pa.ArrowException) as exc:
        yield Item(what, f"cannot be read: {exc}")
        return
    yield from (Item(what, p) for p in problems)
    if not problems:
        yield Item(what, detail=detail)


def _run_problems(run: PublishedRun, stats: StoreStats | None) -> Iterator[str]:
    manifest = run.manifest
    if manifest.get("format") != MANIFEST_FORMAT:
        yield f"manifest of format {manifest.get('format')}, this version writes {MANIFEST_FORMAT}"
        return
    if manifest["status"] != PUBLISHED or manifest["run_id"] != run.run_id:
        yield f"its manifest is of run {manifest['run_id']}, status {manifest['status']}"
    broken = list(_file_problems(run.folder, manifest["files"]))
    yield from broken
    if broken:
        return
    found = findings_hash(load_findings(run.folder / "findings"))
    if found != manifest["findings_hash"]:
        yield f"findings hash is {found}, the manifest has {manifest['findings_hash']}"
    accounts, scored = len(Snapshot.open(run.folder / "snapshot").accounts), manifest["findings"]["scores"]
    indexed = len(AccountIndex.open(run.folder / "index").level)
    if not accounts == scored == indexed:
        yield f"snapshot has {accounts:,} accounts, scores {scored:,}, index {indexed:,}"
    if stats is not None:
        yield from _store_problems(manifest["inputs"], stats)


def _file_problems(folder: Path, listed: dict[str, dict[str, Any]]) -> Iterator[str]:
    found = digests(folder)
    found.pop("manifest.json", None)
    for name in sorted(listed.keys() | found.keys()):
        if name not in found:
            yield f"file {name} is missing"
        elif name not in listed:
            yield f"file {name} is not in the manifest"
        elif found[name] != listed[name]:
            yield f"file {name} is not what was published ({found[name]['size']:,} of {listed[name]['size']:,} bytes)"


def _store_problems(inputs: dict[str, dict[str, Any]], stats: StoreStats) -> Iterator[str]:
    for table, values in sorted(inputs.items()):
        rows = stats.rows.get(table, 0)
        if rows < values["rows"]:
            yield f"the store has {rows:,} {table}, the run was made of {values['rows']:,}"


def _pointer(live: str | None, names: list[str], stats: StoreStats | None) -> Item:
    if live is None:
        return Item("live run", detail="none yet")
    if live not in names:
        return Item("live run", f"LIVE names {live}, which is not there; `graphfraud nightly` publishes a new run")
    if stats is not None and stats.live_run not in (None, live):
        return Item("live run", f"LIVE names {live}, the store has the findings of {stats.live_run}")
    return Item("live run", detail=live)
