"""An installed wheel works in an empty environment, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def say(*command: str | Path, cwd: Path) -> str:
    """Run a command without anything of this environment; its output."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "GRAPHFRAUD", "COV_"))}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, timeout=580, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    say(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_carries_everything_it_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, pattern, inside in (
        (ROOT / "graphfraud", "**/*.py", "graphfraud"),
        (ROOT / "graphfraud", "**/*.sql", "graphfraud"),
        (ROOT / "graphfraud", "**/*.toml", "graphfraud"),
        (ROOT / "api" / "graphfraud_api", "**/*.*", "graphfraud_api"),
        (ROOT / "data", "**/*.*", "graphfraud/_data"),
        (ROOT / "cypher", "**/*.cypher", "graphfraud/_cypher"),
    ):
        wanted = {f"{inside}/{p.relative_to(folder)}" for p in folder.glob(pattern) if "__pycache__" not in p.parts}
        assert wanted, pattern
        assert wanted <= names
    assert not [n for n in names if n.startswith("tests")]


def test_two_commands_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    bin_ = tmp_path / "venv" / "bin"
    pip = (sys.executable, "-m", "pip", "--python", bin_ / "python", "--disable-pip-version-check")
    say(*pip, "install", "--quiet", "--no-compile", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    say(bin_ / "graphfraud", "init", "work", "--sample", cwd=tmp_path)
    report = say(bin_ / "graphfraud", "nightly", "--workspace", "work", cwd=tmp_path)
    assert "Feeds: 2,139 accounts, 34 of them referred" in report
    assert "Reverse trace" in report
    assert "published, live" in report
    where = say(bin_ / "python", "-c", "import graphfraud, graphfraud_api; print(graphfraud.__file__)", cwd=tmp_path)
    assert where.startswith(str(tmp_path))
    assert "ok    live run" in say(bin_ / "graphfraud", "check", "--workspace", "work", cwd=tmp_path)
