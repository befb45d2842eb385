"""Ingest: files into facts in the store, with quarantine and landed files in the ledger.

Order for each file: read and check it whole → set its bad rows aside → write its facts, table by table, each write
atomic → set conflicts aside → record the file. Killed anywhere, the same command completes it: ids make it idempotent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from graphfraud.core.facts import WriteReport
from graphfraud.core.schemas import TABLES
from graphfraud.errors import FileRefused, InputError
from graphfraud.ingest import Detection, Progress, Reading, quiet, read
from graphfraud.ingest.checks import REASONS
from graphfraud.ingest.profile import Profile, by_name, packaged
from graphfraud.ledger import Landing, Ledger, NewBadRow
from graphfraud.services.referring import InboxReport, apply_inbox
from graphfraud.settings import Settings
from graphfraud.stores.base import GraphStore

_SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class Into:
    """Where ingested facts go."""

    store: GraphStore
    ledger: Ledger
    settings: Settings


@dataclass(frozen=True)
class FileReport:
    """One file. received = loaded + unchanged + duplicates + quarantined."""

    detection: Detection
    received: int
    loaded: int
    unchanged: int
    duplicates: int
    quarantined: int
    by_reason: dict[str, int]
    conflicts: int
    tables: dict[str, int]  # table → new facts
    derived: dict[str, int] = field(default_factory=dict)  # table → new facts beside the rows' own
    superseded: int = 0  # rows in quarantine that this file brought in good order


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did. `refused`: file → why nothing of it was loaded."""

    files: tuple[FileReport, ...]
    refused: dict[str, str]
    inbox: InboxReport

    @property
    def exit_code(self) -> int:
        """3 when a file was refused, else 0."""
        return FileRefused.exit_code if self.refused else 0

    def total(self, name: str) -> int:
        """Sum of a figure of the files: received, loaded, unchanged, duplicates, quarantined, conflicts."""
        return sum(int(getattr(f, name)) for f in self.files)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        names = ("received", "loaded", "unchanged", "duplicates", "quarantined", "conflicts")
        return {
            "files": [asdict(f) for f in self.files],
            "refused": self.refused,
            "totals": {n: self.total(n) for n in names},
            "inbox": asdict(self.inbox),
        }


def ingest(paths: Sequence[Path], into: Into, profile: str | None = None, progress: Progress = quiet) -> IngestReport:
    """Load files and folders. A folder gives the known table names at its top level, never what lies deeper.

    What waits in the inbox is applied first. A file that is refused does not stop the others; when every file is
    refused, or a path does not exist, raises FileRefused or InputError and nothing is loaded.
    """
    profiles = by_name(profile) if profile else None
    files = [(file, chosen) for path in paths for file, chosen in _files(path, profiles)]
    inbox = apply_inbox(into.store, into.ledger, into.settings)
    done: list[FileReport] = []
    refused: dict[str, str] = {}
    for number, (file, chosen) in enumerate(files):
        progress(f"ingest {file.name}", number, len(files))
        try:
            with read(file, into.settings.ingest, chosen, progress) as reading:
                done.append(load(reading, into, progress))
        except FileRefused as exc:
            refused[str(file)] = str(exc)
    progress("ingest", len(files), len(files))
    if not done:
        raise FileRefused("; ".join(refused.values()))
    return IngestReport(tuple(done), refused, inbox)


def load(reading: Reading, into: Into, progress: Progress = quiet) -> FileReport:
    """Put what was read (a file, or `graphfraud.ingest.frame`) into store and ledger."""
    landing = _landing(reading)
    superseded = _superseded(reading, into.ledger)
    into.ledger.set_aside(landing, _bad_rows(reading))
    written: dict[str, WriteReport] = {}
    derived: dict[str, int] = {}
    for part in reading.parts:
        name = part.facts.spec.name
        progress(f"store {name} of {landing.file}", 0, part.rows)
        wrote = into.store.write(part.facts)
        progress(f"store {name} of {landing.file}", part.rows, part.rows)
        if part.derived:
            derived[name] = derived.get(name, 0) + wrote.inserted
        else:
            written[name] = wrote
            set_conflicts_aside(wrote, landing, into.ledger)
    report = _report(reading, written, derived)
    into.ledger.close_entries(superseded, "superseded", f"came in good order with {landing.file}")
    into.ledger.know_referrals(reading.referred())
    into.ledger.land(replace(landing, loaded=report.loaded, unchanged=report.unchanged, quarantined=report.quarantined))
    return replace(report, superseded=len(superseded))


def _landing(reading: Reading) -> Landing:
    detection, counts = reading.detection, reading.counts
    own = [p for p in reading.parts if not p.derived]
    cuts = [p.cut_off for p in own if p.cut_off is not None]
    return Landing(
        sha256=detection.sha256,
        file=detection.file,
        profile=detection.profile,
        table=own[0].facts.spec.name if own else reading.table,
        received=counts.received,
        loaded=0,
        unchanged=0,
        duplicates=counts.duplicates,
        quarantined=counts.quarantined,
        encoding=detection.encoding,
        delimiter=detection.delimiter,
        cut_off=max(cuts, default=None),
    )


def _report(reading: Reading, written: dict[str, WriteReport], derived: dict[str, int]) -> FileReport:
    counts = reading.counts
    conflicts = sum(r.conflicts.num_rows for r in written.values())
    by_reason = dict(counts.by_reason)
    if conflicts:
        by_reason["conflict"] = by_reason.get("conflict", 0) + conflicts
    return FileReport(
        detection=reading.detection,
        received=counts.received,
        loaded=sum(r.inserted for r in written.values()),
        unchanged=sum(r.unchanged for r in written.values()),
        duplicates=counts.duplicates,
        quarantined=counts.quarantined + conflicts,
        by_reason=by_reason,
        conflicts=conflicts + counts.by_reason.get("conflict", 0),
        tables={name: r.inserted for name, r in written.items()},
        derived=derived,
    )


def _bad_rows(reading: Reading) -> Iterator[NewBadRow]:
    for row in reading.bad_rows():
        yield NewBadRow(row.line, row.column, row.value, row.code, row.reason, row.raw, row.cells)


def set_conflicts_aside(report: WriteReport, landing: Landing, ledger: Ledger) -> None:
    """Put the rows a store refused into quarantine, in canonical columns."""
    spec = TABLES[report.table]
    key = spec.key[0] if spec.key else spec.columns[0].name

    def rows() -> Iterator[NewBadRow]:
        columns = [*spec.names, "known_at"]
        for batch in report.conflicts.to_batches(max_chunksize=2_000):
            for row in batch.to_pylist():
                cells = {n: None if row[n] is None else str(row[n]) for n in columns}
                text = json.dumps(cells, ensure_ascii=False)
                yield NewBadRow(row["source_row"] or 0, key, str(row[key]), "conflict", REASONS["conflict"], "", text)

    ledger.set_aside(replace(landing, table=report.table, profile=f"canonical/{report.table}"), rows())


def _superseded(reading: Reading, ledger: Ledger) -> list[int]:
    """Open entries of other files whose id stands on a good row of this one."""
    found: list[int] = []
    for part in reading.parts:
        table = part.facts.spec.name
        columns = {c.lower() for c in reading.key_columns(table)}
        if part.derived or not columns:
            continue
        keys: dict[str, list[int]] = {}
        for number, cells in ledger.open_cells(table, other_than=reading.detection.sha256):
            for column, value in cells.items():
                if column.lower() in columns and value:
                    keys.setdefault(value.strip(), []).append(number)
        good = reading.good_keys(table, sorted(keys)) if keys else set()
        found += [n for key in sorted(good) for n in keys[key]]
    return found


def _files(path: Path, profiles: tuple[Profile, ...] | None) -> list[tuple[Path, tuple[Profile, ...] | None]]:
    """The files of a path with the profiles that may read them. Raises InputError."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; nothing was loaded")
    if not path.is_dir():
        return [(path, profiles)]
    if profiles and not all(p.name.startswith("canonical/") for p in profiles):
        patterns = [pattern for p in profiles for pattern in p.match.files]
        return [(f, profiles) for f in _folder(path, patterns)]
    wanted = profiles or packaged()["canonical"]
    names = [f"{table}{suffix}" for table in TABLES for suffix in _SUFFIXES]
    return [(f, wanted) for f in sorted(_folder(path, names), key=lambda f: names.index(f.name.lower()))]


def _folder(path: Path, patterns: list[str]) -> list[Path]:
    files = sorted(f for f in path.iterdir() if f.is_file())
    found = [f for f in files if any(Path(f.name.lower()).match(p) for p in patterns)]
    if not found:
        there = ", ".join(f.name for f in files[:20]) or "no files"
        raise InputError(
            f"{path}: nothing to ingest at the top of this folder ({there}); expected {', '.join(patterns[:16])}"
        )
    return found
