"""Rows in quarantine: list them, export them for correction, take them in again.

A corrected row goes through the same profile as before and keeps its origin (file and line); its entry is closed as
fixed once the store has it. What is still wrong stays open, with the new reason in the report.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphfraud.errors import FileRefused, InputError, UnknownId, UsageError
from graphfraud.ingest import BadRow, read_table
from graphfraud.ingest.profile import by_name, packaged
from graphfraud.ledger import Ledger, QuarantineEntry
from graphfraud.ledger.records import Status
from graphfraud.services.ingestion import Into
from graphfraud.services.masking import MASKS

_OWN = ("_id", "_file", "_line", "_table", "_column", "_value", "_reason")
#: Columns of foreign files that hold what we mask under another name.
_PERSONAL = {
    **{"账户开户名称": "holder_name", "对手户名": "holder_name", "dbtr": "holder_name", "cdtr": "holder_name"},
    **{"开户人证件号码": "id_no", "对手身份证号": "id_no"},
}


@dataclass(frozen=True)
class FixReport:
    """What became of corrected rows, by entry id. `still_bad`: id → what is wrong now."""

    fixed: tuple[int, ...]
    unchanged: tuple[int, ...]  # nothing was corrected
    still_bad: dict[int, str]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def quarantine_list(
    ledger: Ledger, status: Status | None = "open", table: str | None = None, unmask: tuple[str, str] | None = None
) -> list[QuarantineEntry]:
    """Entries by id, personal data masked. `unmask`: (actor, reason), shown in clear and logged."""
    entries = ledger.quarantine(status, table)
    if unmask is None:
        return [_masked(e) for e in entries]
    ledger.record_unmask(unmask[0], f"quarantine, {len(entries)} rows", unmask[1])
    return entries


def quarantine_export(ledger: Ledger, out: Path, actor: str, table: str | None = None) -> int:
    """Write open entries to a CSV for correction: our columns (with _) and the source's. In clear, so it is logged.

    Edit the source's columns, keep `_id`, then give the file to `quarantine_fix_file`. Returns the rows written.
    """
    entries = ledger.quarantine("open", table)
    columns = list(dict.fromkeys(c for e in entries for c in e.cells))
    try:
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*_OWN, *columns])
            for e in entries:
                own = (e.id, e.file, e.line, e.table, e.column, e.value, e.reason)
                writer.writerow([*own, *(e.cells.get(c) or "" for c in columns)])
    except OSError as exc:
        raise InputError(f"{out} cannot be written ({exc.strerror}); choose another place") from exc
    if entries:
        ledger.record_unmask(actor, f"quarantine, {len(entries)} rows to {out.name}", "correction of quarantined rows")
    return len(entries)


def quarantine_fix(entry: int, values: Mapping[str, str], into: Into) -> FixReport:
    """Correct one row: column → new text. Raises UnknownId, UsageError for a column its source does not have."""
    found = into.ledger.entry(entry)
    if found.status != "open":
        raise UsageError(f"row {entry} is already {found.status} ({found.note})")
    known = {c.lower() for c in found.cells} | _readable(found.profile)
    unknown = [c for c in values if c.lower() not in known]
    if unknown:
        raise UsageError(f"row {entry} has no column {', '.join(unknown)}; it has {', '.join(found.cells)}")
    return _fix([(found, dict(values))], into)


def quarantine_fix_file(path: Path, into: Into) -> FixReport:
    """Take in a corrected export. Raises FileRefused when it is none, UnknownId for an id that is not there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise FileRefused(f"{path}: cannot be read as the CSV that `quarantine list --out` writes ({exc})") from exc
    if not rows or "_id" not in rows[0]:
        raise FileRefused(f"{path}: no column _id; write the file with `graphfraud quarantine list --out FILE`")
    ids = [_number(path, row["_id"]) for row in rows]
    there = {e.id: e for e in into.ledger.quarantine(status=None, ids=ids)}
    if missing := sorted(set(ids) - set(there)):
        raise UnknownId(f"{path}: no quarantined row {', '.join(map(str, missing[:10]))}")
    pairs = [(there[i], _changes(there[i], row)) for i, row in zip(ids, rows, strict=True)]
    return _fix([(e, changed) for e, changed in pairs if e.status == "open"], into)


def _number(path: Path, text: str) -> int:
    if not text.isdecimal():
        raise FileRefused(f"{path}: {text!r} in column _id is not the number of a quarantined row")
    return int(text)


def _changes(entry: QuarantineEntry, row: Mapping[str, str | None]) -> dict[str, str]:
    """The cells of a corrected line that differ from the entry's."""
    given = {c: v or "" for c, v in row.items() if c is not None and c not in _OWN}
    return {c: v for c, v in given.items() if v != (entry.cells.get(c) or "")}


def _readable(profile: str) -> set[str]:
    """Every column a profile reads."""
    pool = [p for group in packaged().values() for p in group]
    return {c.lower() for p in pool if p.name == profile for f in p.fields.values() for c in f.columns}


def _fix(pairs: Sequence[tuple[QuarantineEntry, dict[str, str]]], into: Into) -> FixReport:
    fixed: list[int] = []
    still_bad: dict[int, str] = {}
    groups: dict[tuple[str, str, str], list[tuple[QuarantineEntry, dict[str, str]]]] = {}
    for entry, changed in pairs:
        if changed:
            groups.setdefault((entry.sha256, entry.profile, entry.code), []).append((entry, changed))
    for group in groups.values():
        good, bad = _fix_group(group, into)
        fixed += good
        still_bad |= bad
    unchanged = tuple(e.id for e, changed in pairs if not changed)
    return FixReport(tuple(sorted(fixed)), unchanged, still_bad)


def _fix_group(group: Sequence[tuple[QuarantineEntry, dict[str, str]]], into: Into) -> tuple[list[int], dict[int, str]]:
    """Corrected rows of one file: through the profile, into the store. Returns ids fixed and ids still bad with why."""
    first = group[0][0]
    profile = next((p for g in packaged().values() for p in g if p.name == first.profile), None)
    if profile is None:
        profile = by_name(first.profile)[0]
    by_line = {e.line: e.id for e, _ in group}
    rows = _table([{**e.cells, **changed} for e, changed in sorted(group, key=lambda g: g[0].line)])
    with read_table(rows, profile, into.settings.ingest, first.file, sorted(by_line)) as reading:
        bad = {by_line[b.line]: _why(b) for b in reading.bad_rows()}
        for part in reading.parts:
            report = into.store.write(part.facts)
            if not part.derived:
                bad |= {by_line[line]: "conflict" for line in report.conflicts.column("source_row").to_pylist()}
    fixed = [e.id for e, _ in group if e.id not in bad]
    into.ledger.close_entries(fixed, "fixed", "corrected and loaded")
    return fixed, bad


def _table(rows: Iterable[Mapping[str, str | None]]) -> pa.Table:
    kept = list(rows)
    columns = list(dict.fromkeys(c for r in kept for c in r))
    return pa.table({c: pa.array([r.get(c) for r in kept], pa.string()) for c in columns})


def _why(bad: BadRow) -> str:
    return f"{bad.column} {bad.value!r}: {bad.reason}" if bad.column else bad.reason


def _masked(entry: QuarantineEntry) -> QuarantineEntry:
    """The entry with personal data masked; a line that is no row is not shown, for it cannot be told apart."""

    def mask(column: str, value: str | None) -> str | None:
        name = _PERSONAL.get(column.lower(), column.lower())
        return MASKS[name](value) if value and name in MASKS else value

    cells = {c: mask(c, v) for c, v in entry.cells.items()}
    return replace(entry, cells=cells, value=mask(entry.column or "", entry.value) or "", raw="*" if entry.raw else "")
