"""Lens: how an answer shows what identifies a person. Masked by default; open only with a reason that is logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphfraud.errors import UsageError
from graphfraud.services.masking import mask_identifier, mask_row


class UnmaskLog(Protocol):
    """Where the opening of a mask is written down (the ledger)."""

    def record_unmask(self, actor: str, subject: str, reason: str) -> None:
        """Record who looked at what, and why."""
        ...


@dataclass(frozen=True)
class Lens:
    """Shows rows and identifier values, masked or as they are."""

    masked: bool = True

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of account facts."""
        return mask_row(row) if self.masked else dict(row)

    def identifier(self, kind: str, value: str) -> str:
        """The value of an identifier."""
        return mask_identifier(kind, value) if self.masked else value


MASKED = Lens()


def unmask(log: UnmaskLog, actor: str, subject: str, reason: str) -> Lens:
    """A lens without masks; the reason is in the ledger before anything is shown. Raises UsageError without one."""
    if len(reason.strip()) < 3:
        raise UsageError("--unmask needs a reason of at least three characters; it is kept in the ledger")
    log.record_unmask(actor, subject, reason.strip())
    return Lens(masked=False)
