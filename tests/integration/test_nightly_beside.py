"""Risk worked out by a second process beside the rings: the same findings, and nothing lost where it dies."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sample_kit import as_of, sample_until

from graphfraud import bootstrap
from graphfraud.errors import StoreError
from graphfraud.nightly import beside
from graphfraud.nightly.options import Nightly, NightlyResult, Override, StageEvent
from graphfraud.nightly.stage import Context
from graphfraud.nightly.stages import STAGES

T = 30
SURE = Override("the cut is in the middle of the sample", "a test")
#: The second process with a stage that takes ten minutes.
ENDLESS = """
import time
from pathlib import Path
from graphfraud.nightly import beside
beside.measured = lambda *_: time.sleep(600)
beside.Work.open = lambda _: object()
beside.work({"risk": None}, "risk", Path("."), Path("."))
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> bootstrap.Workspace:
    """An ingested workspace; every run in it is fresh."""
    folder = tmp_path_factory.mktemp("beside")
    made = bootstrap.initialise(folder / "workspace").workspace
    bootstrap.ingest(made, [sample_until(folder / "feed", T)])
    return made


def night(workspace: bootstrap.Workspace, events: list[StageEvent]) -> NightlyResult:
    return bootstrap.run_nightly(workspace, Nightly(as_of=as_of(T), fresh=True, override=SURE), events.append)


def finished(events: list[StageEvent]) -> list[tuple[str, str]]:
    return [(e.stage, e.state) for e in events if e.state in ("started", "finished", "kept")]


def test_a_stage_beside_another_gives_the_same_findings(
    workspace: bootstrap.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[StageEvent] = []
    shared: list[StageEvent] = []
    before = night(workspace, alone).manifest
    here: list[str] = []
    monkeypatch.setattr(beside, "WORTH_SHARING", 0)
    monkeypatch.setattr("graphfraud.nightly.stages.assess", lambda *_: here.append("worked out here"))
    after = night(workspace, shared).manifest
    assert here == []
    assert after["findings_hash"] == before["findings_hash"]
    assert finished(shared) == finished(alone)
    stages = {s["stage"]: s for s in after["stages"]}
    assert stages["risk"]["counts"] == {s["stage"]: s for s in before["stages"]}["risk"]["counts"]
    assert stages["risk"]["wall_s"] > 0


def test_where_the_second_process_fails_the_stage_is_done_here(
    workspace: bootstrap.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = night(workspace, []).manifest["findings_hash"]
    monkeypatch.setattr(beside, "WORTH_SHARING", 0)
    monkeypatch.setattr(beside, "__name__", "graphfraud.there_is_no_such_module")
    assert night(workspace, []).manifest["findings_hash"] == expected


def test_a_failing_stage_does_not_wait_for_the_one_beside_it(
    workspace: bootstrap.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[str]] = []

    class Seen(subprocess.Popen[str]):
        def __init__(self, _: object, **rest: object) -> None:
            super().__init__([sys.executable, "-c", "import time; time.sleep(600)"], **rest)  # type: ignore[call-overload]
            started.append(self)

    def broken(context: Context, out: Path) -> dict[str, object]:
        raise MemoryError

    monkeypatch.setattr(beside, "WORTH_SHARING", 0)
    monkeypatch.setattr("graphfraud.nightly.beside.subprocess.Popen", Seen)
    stages = tuple(replace(s, run=broken) if s.name == "rings" else s for s in STAGES)
    begin = time.monotonic()
    with pytest.raises(StoreError, match="stage rings failed: not enough memory"):
        bootstrap.run_nightly(workspace, Nightly(as_of=as_of(T), fresh=True), stages=stages)
    assert time.monotonic() - begin < 120
    assert [p.poll() is not None for p in started] == [True]


def test_the_second_process_ends_with_the_first(workspace: bootstrap.Workspace) -> None:
    """Its standard input closes when the first process is gone, also by kill −9."""
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(workspace.settings.model_dump_json() + "\n")
        process.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(5)
        process.stdin.close()
        assert process.wait(30) == 1
