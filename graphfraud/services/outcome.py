"""What commands that change something answer: ingest, quarantine, referrals, nightly, check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from graphfraud.ingest.profile import packaged
from graphfraud.ledger import InboxItem, QuarantineEntry
from graphfraud.services.answers import Document, Micros
from graphfraud.services.ingestion import FileReport, IngestReport
from graphfraud.services.referring import InboxReport


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

    total: int
    counts: Annotated[dict[str, dict[str, int]], Field(description="open rows by table and code")]
    rows: list[QuarantineRow]


@dataclass(frozen=True)
class FixAnswer(Document):
    """A row that was corrected, or why it still cannot be used."""

    id: int
    fixed: bool
    reason: str | None


@dataclass(frozen=True)
class InboxRow:
    """A referral or withdrawal that was taken in."""

    referral_id: str
    kind: str
    account_id: str | None


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
class VersionAnswer(Document):
    """Versions that findings may depend on, and the profiles `ingest --profile` knows."""

    graphfraud: str
    versions: dict[str, str]
    profiles: list[str]


def ingested(report: IngestReport) -> IngestAnswer:
    """From the report of an ingest."""
    names = ("received", "loaded", "unchanged", "duplicates", "quarantined")
    totals: dict[str, Any] = {name: report.total(name) for name in names}
    return IngestAnswer(
        [_file(f) for f in report.files], report.refused, **totals, referrals_applied=[*report.inbox.applied]
    )


def _file(report: FileReport) -> FileRow:
    found = report.detection
    own = {n: getattr(report, n) for n in ("received", "loaded", "unchanged", "duplicates", "quarantined", "by_reason")}
    how = {n: getattr(found, n) for n in ("file", "profile", "format", "encoding", "delimiter", "date_only")}
    return FileRow(**how, **own, missing=found.missing, ignored=found.ignored)


def quarantine(counts: dict[str, dict[str, int]], entries: Iterable[QuarantineEntry], show: int) -> QuarantineAnswer:
    """From the ledger's entries; the first `show` of them are in the answer, all are counted."""
    total = sum(n for codes in counts.values() for n in codes.values())
    names = list(QuarantineRow.__dataclass_fields__)
    rows = [QuarantineRow(**{n: getattr(e, n) for n in names}) for e in list(entries)[:show]]
    return QuarantineAnswer(total, counts, rows)


def referred(items: Sequence[InboxItem], report: InboxReport | None, quarantined: int = 0) -> ReferAnswer:
    """From the items taken in and what became of the inbox (None: the store is held, they wait)."""
    rows = [InboxRow(i.subject, i.kind, i.payload.get("account_id")) for i in items]
    done = report or InboxReport()
    return ReferAnswer(rows, report is None, done.refused, [*done.unknown_accounts], quarantined)


def profiles() -> list[str]:
    """Names of the mapping profiles, by group."""
    return sorted({name for name in packaged()} | {p.name for group in packaged().values() for p in group})
