"""What goes into the ledger and comes out of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["open", "fixed", "superseded"]
InboxStatus = Literal["pending", "applied", "refused"]
InboxKind = Literal["referral", "withdrawal"]


@dataclass(frozen=True)
class NewBadRow:
    """A row to be set aside."""

    line: int
    column: str
    value: str
    code: str
    reason: str
    raw: str
    cells: str  # JSON object, column → text


@dataclass(frozen=True)
class QuarantineEntry:
    """A row in quarantine. `cells` is what the source had, column by column."""

    id: int
    file: str
    sha256: str
    table: str
    profile: str
    line: int
    column: str
    value: str
    code: str
    reason: str
    raw: str
    cells: dict[str, str | None]
    status: Status
    received_at: int  # UTC microseconds
    note: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Landing:
    """A file that was loaded. received = loaded + unchanged + duplicates + quarantined."""

    sha256: str
    file: str
    profile: str
    table: str
    received: int
    loaded: int
    unchanged: int
    duplicates: int
    quarantined: int
    encoding: str = ""
    delimiter: str = ""
    cut_off: int | None = None  # greatest event time, UTC microseconds
    loaded_at: int = 0


@dataclass(frozen=True)
class InboxItem:
    """A referral or withdrawal as submitted. `payload` holds canonical columns and known_at."""

    id: int
    kind: InboxKind
    subject: str  # the referral_id
    payload: dict[str, Any]
    status: InboxStatus
    note: str
    submitted_at: int
    applied_at: int | None


def packed(values: dict[str, Any]) -> str:
    """JSON with a stable order of keys."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
