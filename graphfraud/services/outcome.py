"""What commands that change something answer: ingest, quarantine, referrals, nightly, check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from graphfraud.services.answers import Answer, Document, Micros
from graphfraud.services.report import ReportAnswer
from graphfraud.settings import FILE_NAME

if TYPE_CHECKING:
    from graphfraud.ledger import InboxItem, QuarantineEntry
    from graphfraud.services.ingestion import FileReport, IngestReport
    from graphfraud.services.quarantine import FixReport
    from graphfraud.services.referring import InboxReport
    from graphfraud.services.workspace import Workspace


@dataclass(frozen=True)
class FileRow:
    """A file that was loaded. received = loaded + unchanged + duplicates + quarantined."""

    file: str
    profile: str
    format: str
    encoding: str
    delimiter: str
    date_only: Annotated[bool, Field(description="the file gives days, not times of day")]
    received: int
    loaded: Annotated[int, Field(description="new facts")]
    unchanged: Annotated[int, Field(description="rows that were in the store already")]
    duplicates: int
    quarantined: int
    by_reason: dict[str, int]
    missing: Annotated[dict[str, list[str]], Field(description="optional columns the file does not have, by table")]
    ignored: Annotated[list[str], Field(description="columns that no profile field reads")]


@dataclass(frozen=True)
class IngestAnswer(Document):
    """What an ingest did. `refused`: files of which nothing was loaded, and why."""

    files: list[FileRow]
    refused: dict[str, str]
    received: int
    loaded: int
    unchanged: int
    duplicates: int
    quarantined: int
    referrals_applied: Annotated[list[str], Field(description="referrals and withdrawals that had been waiting")]


@dataclass(frozen=True)
class InitAnswer(Document):
    """A workspace that was made or completed."""

    workspace: str
    settings: Annotated[str, Field(description="the settings file")]
    ingested: Annotated[IngestAnswer | None, Field(description="with --sample")]


@dataclass(frozen=True)
class QuarantineRow:
    """A row that was set aside."""

    id: int
    file: str
    table: str
    line: int
    column: str
    value: str
    code: str
    reason: str
    cells: Annotated[dict[str, str | None], Field(description="the whole row as the source had it")]
    status: str
    received_at: Micros


@dataclass(frozen=True)
class QuarantineAnswer(Document):
    """Rows in quarantine: how many by table and reason, and the first of them."""

    total: Annotated[int, Field(description="open rows")]
    counts: Annotated[dict[str, dict[str, int]], Field(description="open rows by table and code")]
    rows: list[QuarantineRow]
    exported: Annotated[str | None, Field(description="the file for correction that was written (--out)")]


@dataclass(frozen=True)
class FixAnswer(Document):
    """What became of corrected rows, by id."""

    fixed: list[int]
    unchanged: Annotated[list[int], Field(description="nothing was corrected in them")]
    still_bad: Annotated[dict[int, str], Field(description="id → what is wrong now")]


@dataclass(frozen=True)
class InboxRow:
    """A referral or withdrawal that was taken in."""

    referral_id: str
    kind: str
    account_id: str | None
    known_at: Annotated[Micros, Field(description="runs as of this time or later take it in")]


@dataclass(frozen=True)
class ReferAnswer(Document):
    """Referrals or withdrawals that were taken in."""

    taken: list[InboxRow]
    waiting: Annotated[bool, Field(description="a run holds the store: they are applied next")]
    refused: dict[str, str]
    unknown_accounts: Annotated[list[str], Field(description="kept; they take effect when the account arrives")]
    quarantined: int


@dataclass(frozen=True)
class CheckItem:
    """One thing that was verified."""

    what: str
    problem: Annotated[str, Field(description="empty: as it should be")]
    detail: str


@dataclass(frozen=True)
class CheckAnswer(Document):
    """What `check` verified."""

    ok: bool
    items: list[CheckItem]


@dataclass(frozen=True)
class StageRow:
    """A stage of the nightly job."""

    stage: str
    wall_s: float
    peak_mb: Annotated[float, Field(description="peak memory, MiB")]


@dataclass(frozen=True)
class AlertMove:
    """An alert that opened, closed or moved; a level of null is none."""

    alert_id: str
    account_id: str
    was: int | None
    now: int | None


@dataclass(frozen=True)
class Changes:
    """A run against its predecessor."""

    predecessor: str | None
    opened: list[AlertMove]
    closed: list[AlertMove]
    moved: list[AlertMove]
    rings: Annotated[dict[str, list[str]], Field(description="ring ids by event: born, grown, merged, split, …")]
    levels_changed: Annotated[int | None, Field(description="accounts whose level is another one")]


@dataclass(frozen=True)
class NightlyAnswer(Answer):
    """What a nightly run did. `report` is null after --dry-run: nothing was published."""

    status: Annotated[str, Field(description="published, dry run")]
    live: bool
    previous_live: str | None
    folder: str | None
    findings_hash: str
    stages: list[StageRow]
    changes: Changes
    overrides: Annotated[list[str], Field(description="reasons of guards that were set aside")]
    report: ReportAnswer | None


@dataclass(frozen=True)
class VersionAnswer(Document):
    """Versions that findings may depend on, and the profiles `ingest --profile` knows."""

    graphfraud: str
    versions: dict[str, str]
    profiles: list[str]


@dataclass(frozen=True)
class ServeAnswer(Document):
    """Where the API listens."""

    url: str
    key_file: str
    open_to_others: Annotated[bool, Field(description="it listens beyond the loopback interface")]


def serving(host: str, port: int, key_file: Path) -> ServeAnswer:
    """Where the API will listen."""
    return ServeAnswer(f"http://{host}:{port}/v1", str(key_file), host not in ("127.0.0.1", "::1", "localhost"))


def versions(found: dict[str, str]) -> VersionAnswer:
    """From the versions of a manifest."""
    return VersionAnswer(found["graphfraud"], found, profiles())


def ingested(report: IngestReport) -> IngestAnswer:
    """From the report of an ingest."""
    names = ("received", "loaded", "unchanged", "duplicates", "quarantined")
    totals: dict[str, Any] = {name: report.total(name) for name in names}
    return IngestAnswer(
        [_file(f) for f in report.files], report.refused, **totals, referrals_applied=[*report.inbox.applied]
    )


def initialised(workspace: Workspace, report: IngestReport | None) -> InitAnswer:
    """From a workspace and, with the sample, what was loaded."""
    settings = workspace.folder / FILE_NAME
    return InitAnswer(str(workspace.folder), str(settings), None if report is None else ingested(report))


def _file(report: FileReport) -> FileRow:
    found = report.detection
    own = {n: getattr(report, n) for n in ("received", "loaded", "unchanged", "duplicates", "quarantined", "by_reason")}
    how = {n: getattr(found, n) for n in ("file", "profile", "format", "encoding", "delimiter", "date_only")}
    return FileRow(**how, **own, missing=found.missing, ignored=found.ignored)


def quarantine(
    counts: dict[str, dict[str, int]], entries: Sequence[QuarantineEntry], out: Path | None
) -> QuarantineAnswer:
    """From the ledger's counts and entries, and the file they were written to."""
    total = sum(n for codes in counts.values() for n in codes.values())
    names = list(QuarantineRow.__dataclass_fields__)
    rows = [QuarantineRow(**{n: getattr(e, n) for n in names}) for e in entries]
    return QuarantineAnswer(total, counts, rows, str(out) if out else None)


def fixed(report: FixReport) -> FixAnswer:
    """From the report of a correction."""
    return FixAnswer([*report.fixed], [*report.unchanged], report.still_bad)


def referred(items: Sequence[InboxItem], report: InboxReport | None, quarantined: int = 0) -> ReferAnswer:
    """From the items taken in and what became of the inbox (None: the store is held, they wait)."""
    rows = [InboxRow(i.subject, i.kind, i.payload.get("account_id"), int(i.payload["known_at"])) for i in items]
    if report is None:
        return ReferAnswer(rows, True, {}, [], quarantined)
    return ReferAnswer(rows, False, report.refused, [*report.unknown_accounts], quarantined)


def profiles() -> list[str]:
    """Names of the mapping profiles, by group."""
    from graphfraud.ingest.profile import packaged

    return sorted({name for name in packaged()} | {p.name for group in packaged().values() for p in group})
