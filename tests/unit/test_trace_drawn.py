"""The tree of a trace: ways that meet, ways that go on elsewhere, more hops than can be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from run_kit import NINE, publish

from graphfraud.cli.entry import run as command
from graphfraud.core.clock import HOUR
from graphfraud.services.workspace import create_workspace


def payment(n: int, txn: str, payer: str, payee: str, amount: int) -> dict[str, Any]:
    """The nth hour's payment."""
    return {"txn_id": txn, "time": NINE + n * HOUR, "payer": payer, "payee": payee, "amount": amount}


def drawn(tmp_path: Path, moves: list[dict[str, Any]], *argv: str, capsys: pytest.CaptureFixture[str]) -> str:
    workspace = create_workspace(tmp_path / "ws", environ={})
    publish(workspace.runs.root, {"transfers": moves})
    assert command(["trace", *argv, "--workspace", str(workspace.folder)]) == 0
    return capsys.readouterr().out


def test_two_ways_that_meet_are_one_hop_in_full_and_one_reference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """v → a 100; a → b 60 and a → c 40; both pay d; d pays e 90: two hops of d's payment would count it twice."""
    pairs = [("v", "a", 100), ("a", "b", 60), ("a", "c", 40), ("b", "d", 60), ("c", "d", 40), ("d", "e", 90)]
    moves = [payment(n, f"P{n}", *p) for n, p in enumerate(pairs)]
    out = drawn(tmp_path, moves, "--txn", "P0", capsys=capsys)
    assert out.count("→ e") == 1
    number = next(line for line in out.splitlines() if "→ e" in line)
    assert "0.90" in number
    assert "by 2 ways" in number
    mark = number.split("#")[1].split(",")[0]
    assert out.count(f"0.40 more in #{mark}") == 1


def test_ways_that_go_on_elsewhere_stand_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """v pays a, then 10 more; of each of a's 7 payments most is of the first money, and an eleventh of the second."""
    moves = [payment(0, "P0", "v", "a", 770), payment(1, "P1", "v", "a", 77)]
    moves += [payment(2 + n, f"Q{n}", "a", f"b{n}", 110 + n) for n in range(7)]
    out = drawn(tmp_path, moves, "a", "--direction", "down", "--rule", "pro-rata", capsys=capsys)
    line = next(line for line in out.splitlines() if " more in " in line)
    assert re.search(r"0\.7\d more in #2, #3, #4, #5, #6 \+ 2$|0\.7\d more in (#\d, ){4}#\d \+ 2$", line.strip(" │├└─"))
    assert out.count(" more in ") == 1


def test_two_hundred_hops_can_be_read_and_more_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moves = [payment(0, "P0", "v", "a", 400)]
    moves += [payment(1 + n, f"Q{n:03d}", "a", f"b{n:03d}", 1) for n in range(120)]
    moves += [payment(130 + n, f"S{n:03d}", f"b{n:03d}", f"c{n:03d}", 1) for n in range(120)]
    out = drawn(tmp_path, moves, "--txn", "P0", "--max-hops", "1000", "--window-days", "30", capsys=capsys)
    assert sum("→" in line for line in out.splitlines()) == 200
    assert "… 41 more hops, not drawn" in out
