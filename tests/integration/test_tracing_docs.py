"""docs/tracing.md is what its commands print, and its worked example is right by hand."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import tracing_kit

from graphfraud.cli.entry import run
from graphfraud.services.trace_export import FORMATS
from graphfraud.trace.rules import CUTS, ENDS, RULES

PAGE = tracing_kit.PAGE.read_text(encoding="utf-8")
#: yuan of A, B and C that X still holds (algorithms.md §6, in 1,000 yuan)
HELD = {"lifo": {"A": 10_000}, "pro-rata": {"A": 2_500, "B": 2_500, "C": 5_000}}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the page's commands have been run."""
    folder = tmp_path_factory.mktemp("page")
    assert tracing_kit.made(PAGE, folder) == PAGE, "python tests/tracing_kit.py writes it anew"
    return folder


def shown(command: str) -> list[str]:
    """The lines that a command of the page prints."""
    return PAGE.split(f"$ graphfraud {command}\n")[1].split("```")[0].splitlines()


@pytest.mark.parametrize("rule", HELD)
def test_what_is_left_in_x_is_as_worked_by_hand(rule: str) -> None:
    """`A → X  carried … [still here]` is all of it, `[still here 2,500.00]` a part."""
    left = {}
    for line in shown(f"trace --case K-7 --rule {rule}"):
        found = re.search(r"── (\w) → X +([\d,.]+) .*\[still here ?([\d,.]*)", line)
        if found:
            left[found[1]] = float((found[3] or found[2]).replace(",", ""))
    assert left == HELD[rule]


def test_only_the_money_of_a() -> None:
    """X holds 10,000 under lifo and libr, 2,500 in proportion; Y a fifth of what came, Z all of it."""
    lines = shown("trace --txn T1 --rule all")
    held = next(line.split() for line in lines if line.startswith("  still here   ") and len(line.split()) == 7)
    assert held[2:] == ["2,000.00", "10,000.00", "6,000.00", "10,000.00", "2,000.00"]
    assert "  Z         0.00   2,500.00  the rule decides (fifo, lifo, libr, taint-first)" in lines


def test_files_have_the_totals_of_the_screen(work: Path) -> None:
    with (work / "case.certificate.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["part"]: row for row in csv.DictReader(file)}
    assert {rule: rows["start"][rule] for rule in RULES} == dict.fromkeys(RULES, "3000000")
    assert {rule: rows["held"][rule] for rule in RULES} == dict.fromkeys(RULES, "2200000")
    with (work / "case.hypotheses.csv").open(encoding="utf-8", newline="") as file:
        (way,) = csv.DictReader(file)
    assert (way["from_account"], way["to_account"], way["paid"], way["wait"]) == ("Y", "W", "790000", "1200")
    assert 0.4 < float(way["by_chance"]) < 0.6  # two of the four times at which W's cash can come
    assert "案件 K-7 资金去向" in (work / "case.svg").read_text(encoding="utf-8")


def test_every_rule_format_and_end_is_explained() -> None:
    for word in (*RULES, *FORMATS, *ENDS):
        assert f"`{word}`" in PAGE, word
    assert set(CUTS) == {e for e in ENDS if f"`{e}`" in PAGE.split("| cut | ")[1].split(" |")[0]}


def test_a_file_that_cannot_be_written_is_a_clear_error(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = ["trace", "--case", "K-7", "--workspace", str(work)]
    assert run([*case, "--format", "png"]) == 2
    assert "name it with --out, for example --out trace.png" in capsys.readouterr().err
    assert run([*case, "--out", str(tmp_path / "not there" / "x.svg")]) == 3
    assert "cannot write" in capsys.readouterr().err
    assert run([*case, "--out", str(tmp_path / "x.pdf")]) == 2
    assert "'pdf' is not a format of a trace" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
