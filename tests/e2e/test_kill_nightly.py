"""kill −9 in every stage: the store opens, nothing is lost, readers see the old run, the resumed run is the same run.

Each case is a process of its own that is killed by a watching thread as soon as the stage has written something; the
run is resumed in this one.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_kit import as_of, sample_until

from graphfraud import bootstrap
from graphfraud.core.runs import RunCatalogue
from graphfraud.nightly import publish
from graphfraud.nightly.options import Nightly
from graphfraud.nightly.stage import Context
from graphfraud.nightly.stages import STAGES
from graphfraud.nightly.work import unfinished

FIRST, SECOND = 28, 30  # days
STAGE_NAMES = [s.name for s in STAGES]
#: steps of publishing, and whether the process dies before or after the step
PUBLISH_STEPS = [("assemble", "during"), ("seal", "after"), ("place", "before"), ("swap", "before"), ("swap", "after")]
DURING = {"assemble": "index"}

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["graphfraud.bootstrap", "graphfraud.nightly.stages"])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once_written(folder: Path) -> None:
    """Kill this process as soon as a file with content appears in the folder."""

    def watch() -> None:
        while not any(p.is_file() and p.stat().st_size for p in folder.rglob("*")):
            time.sleep(0.0002)
        die()

    threading.Thread(target=watch, daemon=True).start()


def dying(run: Callable[[Context, Path], Any]) -> Callable[[Context, Path], Any]:
    def wrapped(context: Context, out: Path) -> Any:
        die_once_written(out)
        run(context, out)
        die()  # the stage was quicker than the watch: its output is whole, but not yet moved to its place

    return wrapped


def killed_in_stage(folder: Path, name: str) -> None:
    stages = tuple(replace(s, run=dying(s.run)) if s.name == name else s for s in STAGES)
    bootstrap.run_nightly(bootstrap.open_workspace(folder), Nightly(as_of=as_of(SECOND)), stages=stages)


def killed_in_publishing(folder: Path, step: str, when: str) -> None:
    real = getattr(publish, step)

    def wrapped(*args: Any) -> Any:
        if when == "before":
            die()
        if when == "during":
            (run,) = (folder / "runs" / ".work").glob("*/run")
            die_once_written(run / DURING[step])
        real(*args)
        die()

    setattr(publish, step, wrapped)
    bootstrap.run_nightly(bootstrap.open_workspace(folder), Nightly(as_of=as_of(SECOND)))


def night(folder: Path, options: Nightly) -> None:
    bootstrap.run_nightly(bootstrap.open_workspace(folder), options)


def in_process(target: Callable[..., None], *args: object) -> int | None:
    process = processes.Process(target=target, args=args)
    process.start()
    process.join()
    return process.exitcode


def facts(folder: Path) -> dict[str, int]:
    with bootstrap.open_store(bootstrap.open_workspace(folder)) as store:
        return store.stats().rows


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample's first 30 days and a live run as of day 28."""
    folder = tmp_path_factory.mktemp("kill") / "base"
    workspace = bootstrap.initialise(folder).workspace
    bootstrap.ingest(workspace, [sample_until(folder.parent / "feed", SECOND)])
    bootstrap.run_nightly(workspace, Nightly(as_of=as_of(FIRST)))
    return folder


@pytest.fixture(scope="module")
def expected(base: Path) -> str:
    """Findings hash of the run as of day 30 when nothing kills it."""
    folder = base.parent / "whole"
    shutil.copytree(base, folder)
    night(folder, Nightly(as_of=as_of(SECOND)))
    with RunCatalogue(folder / "runs").open() as run:
        assert run.as_of == as_of(SECOND)
        return str(run.manifest["findings_hash"])


@pytest.fixture
def folder(base: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(base, tmp_path / "w")
    yield tmp_path / "w"
    shutil.rmtree(tmp_path / "w")


def untouched(folder: Path, base: Path, swapped: bool = False) -> None:
    """The store opens with every fact; the live run is the old one, whole; the new one is unfinished."""
    assert facts(folder) == facts(base)
    live = RunCatalogue(folder / "runs").live_id()
    assert (live == RunCatalogue(base / "runs").live_id()) is not swapped
    report = bootstrap.check_workspace(bootstrap.open_workspace(folder))
    assert [i for i in report.items if i.what.startswith("run ") and i.problem] == []
    assert len(unfinished(folder / "runs")) == 1


def resumed(folder: Path, expected: str) -> None:
    """`--resume` ends the run with the findings an undisturbed one has."""
    night(folder, Nightly(resume=True))
    with RunCatalogue(folder / "runs").open() as run:
        assert run.as_of == as_of(SECOND)
        assert run.manifest["findings_hash"] == expected
    assert unfinished(folder / "runs") == []
    bootstrap.check_workspace(bootstrap.open_workspace(folder)).demand()


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_kill_in_a_stage(base: Path, expected: str, folder: Path, name: str) -> None:
    assert in_process(killed_in_stage, folder, name) == -signal.SIGKILL
    (work,) = unfinished(folder / "runs")
    assert (work.folder / f"part-{name}").is_dir()
    done = [s.name for s in STAGES if work.mark(s.name, s.output)]
    assert done == STAGE_NAMES[: STAGE_NAMES.index(name)]
    untouched(folder, base)
    resumed(folder, expected)


@pytest.mark.parametrize(("step", "when"), PUBLISH_STEPS)
def test_kill_while_publishing(base: Path, expected: str, folder: Path, step: str, when: str) -> None:
    assert in_process(killed_in_publishing, folder, step, when) == -signal.SIGKILL
    untouched(folder, base, swapped=(step, when) == ("swap", "after"))
    resumed(folder, expected)
