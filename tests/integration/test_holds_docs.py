"""docs/holds.md: its commands run on the sample, its words are those of the code, and the sample's plans add up."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from graphfraud.cli.entry import run
from graphfraud.services.holds.answer import HoldRow
from graphfraud.services.holds.standing import WORDS
from graphfraud.trace.holds import INNOCENT, PROPORTION, STALE

PAGE = (Path(__file__).parent.parent.parent / "docs" / "holds.md").read_text(encoding="utf-8")
COMMANDS = [
    line.removeprefix("graphfraud ")
    for block in re.findall(r"```\n(.*?)```", PAGE, re.S)
    for line in block.splitlines()
    if line.startswith("graphfraud ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_runs(
    command: str,
    sample_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*shlex.split(command), "--workspace", str(sample_folder)]) == 0
    assert capsys.readouterr().out


def test_the_words_of_the_code_are_explained() -> None:
    assert len(COMMANDS) >= 6
    for word in (INNOCENT, PROPORTION, STALE):
        assert f"(*{word}*)" in PAGE
    for words in WORDS.values():
        assert any(word in PAGE for word in words)
    for field in ("recoverable", "collateral", "marginal", "cumulative"):
        assert f"`{field}`" in PAGE
        assert field in HoldRow.__dataclass_fields__


@pytest.mark.parametrize("case", ["案00028", "案00003"])
def test_a_plan_of_the_sample_adds_up_to_the_fen(
    case: str, sample_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under every rule the rows' traced money is what the trace says is held, and the parts are the start."""
    assert run(["holds", case, "--limit", "1000", "--json", "--workspace", str(sample_folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    for where in found["where"]:
        parts = [v for k, v in where.items() if k not in ("rule", "start")]
        assert sum(parts) == where["start"] == found["start"]
        assert sum(row["traced"][where["rule"]] for row in found["holds"]) == where["held"]
    totals = found["totals"]
    for name in ("recoverable", "expected", "loss_per_hour", "collateral", "unexplained"):
        assert sum(row[name] for row in found["holds"]) == totals[name]
    assert found["holds"][-1]["cumulative"] == totals["expected"]
    assert totals["recoverable"] <= totals["high"] <= found["start"]


def test_sheets_of_the_sample_add_up_to_the_fen(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shares and the rest are what is available; over all sheets nobody gets more than was owed at first."""
    assert run(["restitution", "--case", "案00028", "--json", "--workspace", str(sample_folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    owed: dict[str, int] = {}
    got: dict[str, int] = {}
    for sheet in found["sheets"]:
        assert sum(s["amount"] for s in sheet["shares"]) == sheet["returned"]
        assert sheet["returned"] + sheet["rest"] == sheet["available"] == sheet["balance"]
        for share in sheet["shares"]:
            assert 0 <= share["amount"] <= min(share["loss"], share["owed"])
            owed.setdefault(share["victim"], share["owed"])
            got[share["victim"]] = got.get(share["victim"], 0) + share["amount"]
    assert len(found["sheets"]) > 1
    assert all(got[v] <= owed[v] for v in got)
    assert found["returned"] == sum(got.values()) > 0
