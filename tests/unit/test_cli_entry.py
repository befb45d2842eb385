"""The entry point: faults of ours, readers that go away, Ctrl-C in a real process."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from surface_kit import publish

from graphfraud.cli import entry, screen
from graphfraud.services.workspace import Workspace, create_workspace

START = "import sys; from graphfraud.cli import main; sys.argv[0] = 'graphfraud'; main()"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("main") / "work", environ={})
    publish(made.runs.root)
    return made


def test_a_fault_is_told_in_one_message_and_kept_in_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(entry.tempfile, "tempdir", str(tmp_path))
    try:
        raise ValueError("[b]odd")
    except ValueError as exc:
        entry._unexpected(type(exc), exc, exc.__traceback__)
    said = capsys.readouterr().err
    assert "Unexpected ValueError: [b]odd" in said
    assert "Traceback" not in said
    (kept,) = tmp_path.glob("graphfraud-*.log")
    assert "Traceback" in kept.read_text()
    assert str(kept) in re.sub(r"\s", "", said)


def test_an_error_of_the_system_is_one_message(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere/file")

    monkeypatch.setattr(screen, "show", full)
    assert entry.run(["runs", "-w", str(workspace.folder), "--json"]) == 5
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["message"] == "No space left on device: /somewhere/file"


def test_output_into_a_pipe_that_is_closed(workspace: Workspace) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", START, "network", "a", "--json", "-w", str(workspace.folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert "Traceback" not in said
    assert "Unexpected" not in said


def test_ctrl_c_stops_the_server_cleanly(workspace: Workspace) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", START, "serve", "--port", "8791", "-w", str(workspace.folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        seen = ""
        while "running on" not in seen:
            line = process.stderr.readline()
            assert line, seen
            seen += line
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=30)
    assert "Traceback" not in said
    assert process.returncode in (0, 130)
    assert "http://127.0.0.1:8791/v1" in out


@pytest.mark.parametrize("after", [0.02, 0.05, 0.1, 0.15])
def test_ctrl_c_while_starting(after: float) -> None:
    """The imports take a moment; an interrupt is quiet there too, whosever class or module it falls into."""
    send = f"signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(2)); signal.setitimer(0, {after})"
    listens = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # also where the suite runs in the background
    code = START.replace("main()", f"import signal; {listens}; {send}; main()")
    done = subprocess.run([sys.executable, "-c", code, "runs"], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_wrapped_by_a_class_being_made(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrapped(*_: object) -> None:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr(screen, "show", wrapped)
    assert entry.run(["runs", "-w", str(workspace.folder), "--json"]) == 130
    assert json.loads(capsys.readouterr().err)["error"]["type"] == "Interrupted"


def test_start_under_nohup_goes_on() -> None:
    code = START.replace(
        "main()", "import os, signal; signal.signal(2, signal.SIG_IGN); os.kill(os.getpid(), 2); main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0


def test_reading_starts_without_the_heavy_rooms() -> None:
    """What a look-up in a published run does not need is not imported."""
    code = "import sys, graphfraud.cli.app; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "graphfraud.services.network" in found
    assert not {"sklearn", "igraph", "duckdb", "pandas", "networkx", "sqlalchemy", "graphfraud.bootstrap"} & set(found)
