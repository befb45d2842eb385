"""A workspace with one published run, for tests of what is read from it.

A module that has ROWS (table to rows) gets a run of these facts, another one the run that was worked out by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import run_kit
import surface_kit

from graphfraud.cli.entry import run as command
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.services.workspace import create_workspace


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace."""
    made = create_workspace(tmp_path_factory.mktemp("work") / "ws", environ={})
    rows = getattr(request.module, "ROWS", None)
    if rows is None:
        surface_kit.publish(made.runs.root)
    else:
        run_kit.publish(made.runs.root, rows)
    return made.folder


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[PublishedRun]:
    """Its run, open."""
    with RunCatalogue(folder / "runs").open() as opened:
        yield opened


@pytest.fixture
def say(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in the workspace: (exit code, standard output, error stream)."""
    monkeypatch.setenv("COLUMNS", "120")

    def ask(*argv: str) -> tuple[int, str, str]:
        code = command([*argv, "--workspace", str(folder)])
        return code, *capsys.readouterr()

    return ask
