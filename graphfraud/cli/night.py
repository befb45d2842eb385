"""The nightly job at the command line: its progress and its answer."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.progress import Progress, TaskID
from rich.text import Text

from graphfraud.cli import screen
from graphfraud.cli.lazy import bootstrap, outcome, reports
from graphfraud.services.workspace import Workspace

if TYPE_CHECKING:
    from graphfraud.bootstrap import CheckReport, NightlyResult, Override, StageEvent
    from graphfraud.services.outcome import AlertMove, Changes, CheckAnswer, NightlyAnswer


class Stages:
    """Shows stages as they start and finish; notes for the user are always said."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def __call__(self, event: StageEvent) -> None:
        if event.message and not self._progress.disable:
            self._progress.console.print(Text(event.message, style="yellow"))
        elif event.message:
            screen.err().print(Text(event.message), soft_wrap=True)
        if event.state == "started":
            self._task = self._progress.add_task(event.stage, total=None)
        elif event.state == "finished" and self._task is not None:
            self._progress.update(self._task, total=1, completed=1)


def override(reason: str | None) -> Override | None:
    """`--override REASON`, by whoever runs the command."""
    return None if reason is None else bootstrap.Override(reason, getpass.getuser())


def answer(workspace: Workspace, result: NightlyResult) -> NightlyAnswer:
    """What the run did, with the report of what it published."""
    raw = result.manifest
    made = None
    if result.folder is not None:
        with workspace.runs.open(result.run_id) as run:
            made = reports.report(run, result.live)
    return outcome.NightlyAnswer(
        run_id=result.run_id,
        as_of=int(raw["as_of"]),
        status=str(raw["status"]),
        live=result.live,
        previous_live=result.previous_live,
        folder=None if result.folder is None else str(result.folder),
        findings_hash=str(raw["findings_hash"]),
        stages=[outcome.StageRow(s["stage"], round(s["wall_s"], 3), round(s["peak_mb"], 1)) for s in raw["stages"]],
        changes=_changes(result),
        overrides=[str(o["reason"]) for o in raw["overrides"]],
        report=made,
    )


def _changes(result: NightlyResult) -> Changes:
    diff = result.diff
    rings = {event: list(ids) for event, ids in diff.rings.items()}
    levels = None if diff.levels is None else diff.levels.changed
    return outcome.Changes(
        diff.predecessor, _moves(diff.opened), _moves(diff.closed), _moves(diff.moved), rings, levels
    )


def _moves(changes: Sequence[Any]) -> list[AlertMove]:
    return [outcome.AlertMove(c.alert_id, c.account_id, c.was, c.now) for c in changes]


def checked(found: CheckReport) -> CheckAnswer:
    """What `check` verified."""
    items = [outcome.CheckItem(i.what, i.problem, i.detail) for i in found.items]
    return outcome.CheckAnswer(not found.problems, items)
