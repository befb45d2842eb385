"""What commands that write need open: the workspace, its ledger, its store."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, TaskID

from graphfraud.cli.lazy import bootstrap, ingestion, outcome, referring
from graphfraud.services.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from graphfraud.ledger import InboxItem, Ledger
    from graphfraud.services.ingestion import Into
    from graphfraud.services.outcome import ReferAnswer


@dataclass(frozen=True)
class Desk:
    """A workspace with its ledger open."""

    workspace: Workspace
    ledger: Ledger

    @property
    def actor(self) -> str:
        """Who sits here, for the ledger."""
        return getpass.getuser()

    def deliver(self, items: list[InboxItem], quarantined: int = 0) -> ReferAnswer:
        """Apply what was taken in, or leave it waiting while a run holds the store."""
        done = referring.deliver(lambda: bootstrap.open_store(self.workspace), self.ledger, self.workspace.settings)
        return outcome.referred(items, done, quarantined)

    @contextmanager
    def into(self) -> Iterator[Into]:
        """The store, open for rows. Raises StoreBusy."""
        with bootstrap.open_store(self.workspace) as store:
            yield ingestion.Into(store, self.ledger, self.workspace.settings)


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """Open the workspace of a folder and its ledger. Raises UsageError."""
    workspace = open_workspace(folder)
    with bootstrap.open_ledger(workspace) as ledger:
        yield Desk(workspace, ledger)


class Watching:
    """Shows the progress of an ingest: one bar, whose text says what is going on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if self._task is None:
            self._task = self._progress.add_task(stage, total=total)
        self._progress.update(self._task, description=stage, completed=done, total=total)
