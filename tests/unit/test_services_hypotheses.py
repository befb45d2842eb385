"""Possible ways of cash in the answer of a trace: apart from hops and ends, with what chance makes, in words.

v pays a 100, a takes out 60 at T1 and 30 at T2. b pays in 60 at T1 twenty minutes after the first, c pays in 30 at T3
forty minutes after the second, d 30 at T2 five hours after it. e pays in 5 in the morning and in the evening.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_kit import NINE, publish
from typer.testing import CliRunner

from graphfraud.cli.app import app
from graphfraud.core.clock import HOUR, MINUTE
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.services.trace import TraceRequest, trace


def cash(n: int, minute: int, account: str, amount: int, terminal: str | None) -> dict[str, Any]:
    when = NINE + minute * MINUTE
    return {"txn_id": f"K{n}", "time": when, "account": account, "amount": amount, "terminal": terminal}


ROWS: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"account_id": n, "open_time": 1} for n in "abcdev"],
    "transfers": [{"txn_id": "P0", "time": NINE, "payer": "v", "payee": "a", "amount": 100}],
    "cash": [
        cash(0, 60, "a", 60, "T1"), cash(1, 80, "b", -60, "T1"), cash(2, 120, "a", 30, "T2"),
        cash(3, 160, "c", -30, "T3"), cash(4, 420, "d", -30, "T2"), cash(5, 1, "e", -5, None),
        cash(6, 700, "e", -5, "T1"),
    ],
    "referrals": [],
}  # fmt: skip


def test_ways_with_terminals_and_what_chance_makes(run: PublishedRun) -> None:
    answer = trace(run, TraceRequest(txn_id="P0"))
    found = answer.hypotheses
    ways = [(w.from_account, w.to_account, w.taken_txn, w.paid_txn, w.taken, w.paid, w.carried) for w in found.ways]
    assert ways == [("a", "b", "K0", "K1", 60, 60, 60), ("a", "d", "K2", "K4", 30, 30, 30)]
    first, second = found.ways
    assert (first.wait, first.taken_terminal, first.paid_terminal, first.same_place) == (20 * MINUTE, "T1", "T1", True)
    assert (second.wait, second.taken_terminal, second.same_place) == (5 * HOUR, "T2", True)  # before c's, elsewhere
    # K1 may come at any of the day's five times; 80, 160 and 420 minutes are within six hours of 60: three in five
    assert first.by_chance == pytest.approx(600_000, abs=140_000)
    assert found.withdrawals == 2
    assert 0 < found.expected < 2_000_000
    assert (found.rounds, found.seed) == (200, 1)
    assert found == trace(run, TraceRequest(txn_id="P0")).hypotheses
    assert first.text_en.startswith(
        "a took out 0.60 yuan at 2026-01-01 10:00, 20 min later 0.60 yuan were paid into b at the same place (T1):"
        " perhaps the same notes (not proven; chance alone does as much "
    )
    assert first.text_zh.startswith("a 于 2026-01-01 10:00 取现 0.60 元，20 分钟后同一地点（T1）有 0.60 元存入 b：")
    assert found.text_en.startswith("2 possible ways of the cash of 2 withdrawals; chance alone makes ")


def test_no_total_and_no_hop_knows_of_them(run: PublishedRun) -> None:
    answer = trace(run, TraceRequest(txn_id="P0"))
    assert [h.to_account for h in answer.hops] == ["a", None, None]
    assert {a.account_id for a in answer.accounts} == {"a"}
    assert (answer.coverage.start, answer.coverage.cash, answer.coverage.held, answer.coverage.sum) == (
        100,
        90,
        10,
        100,
    )


def test_a_trace_up_has_none(run: PublishedRun) -> None:
    found = trace(run, TraceRequest("a", direction="up")).hypotheses
    assert (found.withdrawals, found.ways, found.expected) == (0, [], 0)


def test_the_command_shows_them_apart(folder: Path) -> None:
    ask = ["trace", "--txn", "P0", "--workspace", str(folder)]
    text = CliRunner().invoke(app, ask).output
    assert "Possible ways of cash (dashed, not proven)" in text
    assert text.index("Possible ways of cash") > text.index("total")
    assert "现金的可能去向（虚线，未经证实）" in CliRunner().invoke(app, [*ask, "--lang", "zh"]).output
    raw = json.loads(CliRunner().invoke(app, [*ask, "--json"]).output)
    assert [w["paid_txn"] for w in raw["hypotheses"]["ways"]] == ["K1", "K4"]


def test_a_place_stands_in_for_a_terminal_that_is_not_known(tmp_path: Path) -> None:
    """The same place without terminals allows six hours; a terminal and a place of one name are not the same."""
    rows = [cash(0, 60, "a", 60, None) | {"place": "N"}, cash(1, 300, "b", -60, None) | {"place": "N"}]
    named = [rows[0], rows[1] | {"terminal": "N"}]
    for number, (given, way) in enumerate([(rows, [("b", True, "N", "N")]), (named, [])]):
        publish(tmp_path / f"{number}", ROWS | {"cash": given})
        with RunCatalogue(tmp_path / f"{number}").open() as run:
            found = trace(run, TraceRequest(txn_id="P0")).hypotheses.ways
        assert [(w.to_account, w.same_place, w.taken_terminal, w.paid_terminal) for w in found] == way
