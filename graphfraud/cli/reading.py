"""Opening a published run for a command that reads it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graphfraud.core.runs import PublishedRun
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Reading:
    """A run that is open, and the workspace it is in."""

    workspace: Workspace
    run: PublishedRun

    def lens(self, reason: str | None, subject: str) -> Lens:
        """Masked without a reason; with one, open, and the reason is in the ledger."""
        return lens(self.workspace, reason, subject)


def lens(workspace: Workspace, reason: str | None, subject: str) -> Lens:
    """Masked without a reason; with one, open, and the reason is in the ledger."""
    if reason is None:
        return MASKED
    from graphfraud import bootstrap  # slow to import, and seldom needed here

    return bootstrap.unmask(workspace, getpass.getuser(), subject, reason)


@contextmanager
def reading(folder: Path, run_id: str | None) -> Iterator[Reading]:
    """The workspace and a run of it, held while the block runs. Raises UsageError, UnknownId."""
    workspace = open_workspace(folder)
    with workspace.runs.open(run_id) as run:
        yield Reading(workspace, run)
