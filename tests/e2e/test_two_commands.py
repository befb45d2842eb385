"""What a stranger types first: make, in the checkout, and the report that comes out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREFIX = Path(sys.prefix)


def make(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """make in the checkout, with this environment standing for .venv."""
    given = {"VENV": str(PREFIX), **variables}
    command = ["make", "--no-print-directory", "-o", f"{PREFIX}/.installed", *words]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))} | {"COLUMNS": "100"}
    command += [f"{k}={v}" for k, v in given.items()]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=env, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("make") / "demo"


@pytest.fixture(scope="module")
def report(demo: Path) -> str:
    done = make("nightly", DEMO=str(demo))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "says",
    [
        "Feeds: 2,139 accounts, 34 of them referred",
        "transfers    65,086",
        "0 of 84,055 rows received are in quarantine",
        "with a referred account",
        "Riskiest accounts nobody has referred",
        "risk comes from referred accounts",
        "Reverse trace: where one payment to",
        "where it ends",
        "Possible victims who have not reported:",
        "published, live",
        "What to do next",
    ],
)
def test_the_report_says(report: str, says: str) -> None:
    assert says in report


def test_the_reverse_trace_adds_up(report: str) -> None:
    """Every end beside the total, to the fen."""
    part = report[report.index("where it ends") :].splitlines()[1:]
    amounts: dict[str, int] = {}
    for line in part:
        reason, amount = re.split(r"\s{2,}", line.strip())[:2]
        amounts[reason] = int(re.sub(r"[,.]", "", amount))
        if reason == "traced":
            break
    traced, total = amounts.pop("traced"), amounts.pop("total")
    assert amounts
    assert sum(amounts.values()) == total == traced


def test_a_second_night_finds_the_same(report: str, demo: Path) -> None:
    again = make("nightly", DEMO=str(demo))
    assert again.returncode == 0, again.stderr
    lines = [next(x for x in text.splitlines() if x.strip().startswith("findings ")) for text in (report, again.stdout)]
    assert lines[0] == lines[1]
    assert "row" not in again.stderr  # nothing is ingested twice


def test_a_python_that_does_not_fit_is_refused_clearly(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 10, 1); exec(sys.argv[1])" "$2"\n'
    )
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "install", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "graphfraud needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert "is 3.10" in done.stderr
    assert not (tmp_path / "venv").exists()
