"""Data requests in a published run, worked out by hand: which statement explains most, under which rules, in words.

E1: v pays a 100, a pays A (X1) 70 and B (X2) 20. L1: c has 220, w pays it 100, then 120 come in from n; c pays D (X2)
120 and E (X1) 100. U1: besides z's reported 10, u got 500 from F (X1), 200 that m had got from G (X2), 7 from cash.
N1: k pays h 50, which h holds. O1: no payment known, nothing came in.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_kit import AS_OF, NINE
from typer.testing import CliRunner

from graphfraud.cli.app import app
from graphfraud.cli.entry import run as command
from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.runs import PublishedRun
from graphfraud.errors import UnknownId
from graphfraud.services.requests import Requests, requests
from graphfraud.services.trace import TraceLimits

BANKS = {"A": "X1", "B": "X2", "D": "X2", "E": "X1", "F": "X1", "G": "X2"}
PAID = [
    ("v", "a", 100), ("a", "A", 70), ("a", "B", 20),
    ("w", "c", 100), ("n", "c", 120), ("c", "D", 120), ("c", "E", 100),
    ("z", "u", 10), ("F", "u", 500), ("G", "m", 200), ("m", "u", 200),
    ("k", "h", 50),
]  # fmt: skip
RULES = ("fifo", "lifo", "pro-rata", "libr", "taint-first")


def referral(n: int, case: str, account: str, payment: int | None) -> dict[str, Any]:
    row = {"referral_id": f"R{n}", "case_no": case, "account_id": account, "referred_at": AS_OF - DAY // 4}
    if payment is None:
        return row
    victim, _, amount = PAID[payment]
    known = {"victim_account": victim, "victim_amount": amount, "victim_time": NINE + payment * HOUR}
    return row | known | {"victim_txn": f"P{payment:02d}"}


ROWS: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"account_id": n, "bank": BANKS.get(n, "OURS"), "open_time": 1, "opening_balance": 220 if n == "c" else 0}
        for n in sorted({name for a, b, _ in PAID for name in (a, b)} | {"o"})
    ],
    "identifiers": [{"account_id": "a", "kind": "device", "value": "d", "first_seen": 1}],
    "transfers": [
        {"txn_id": f"P{n:02d}", "time": NINE + n * HOUR, "payer": a, "payee": b, "amount": x}
        for n, (a, b, x) in enumerate(PAID)
    ],
    "cash": [{"txn_id": "K1", "time": NINE + 13 * HOUR, "account": "u", "amount": -7}],
    "referrals": [
        referral(1, "E1", "a", 0), referral(2, "L1", "c", 3), referral(3, "U1", "u", 7), referral(4, "N1", "h", 11),
        referral(5, "O1", "o", None),
    ],
}  # fmt: skip


def amounts(found: Requests) -> list[tuple[str, str | None, list[int], list[str]]]:
    return [(r.account_id, r.bank, [r.explains.by_rule[x] for x in RULES], r.best_under) for r in found.accounts]


def test_one_statement_explains_most_under_every_rule(run: PublishedRun) -> None:
    found = requests(run, "E1")
    assert amounts(found.down) == [("A", "X1", [70] * 5, list(RULES)), ("B", "X2", [20] * 5, [])]
    best = found.down.accounts[0]
    assert (best.explains.share_low, best.explains.share_high) == (700_000, 700_000)
    assert (best.since, best.until, best.ask_from, best.ask_to) == (NINE + HOUR, NINE + HOUR, NINE + HOUR, AS_OF)
    assert (found.down.total, found.down.lost.low, found.down.lost.high) == (100, 90, 90)
    assert [(b.bank, b.accounts, b.explains.low) for b in found.down.banks] == [("X1", ["A"], 70), ("X2", ["B"], 20)]
    assert (found.nothing, found.cases, found.untraced, found.up.accounts) == (False, 1, [], [])
    assert best.text_en == (
        "Ask X1 for the statement of account A from 2026-01-01 to 2026-02-01: 0.70 yuan of what the victims of case"
        " E1 paid (70.0 %) went there in 1 payment. It explains the most under every rule."
    )
    assert found.text_en == best.text_en
    assert found.text_zh == (
        "请向 X1 调取账户 A 自 2026-01-01 至 2026-02-01 的交易明细：案件 E1 中被害人付款有 0.70 元（占 70.0 %）"
        "经 1 笔转入，之后去向不明。五种规则下均居首位。"
    )


def test_one_explains_most_only_under_lifo(run: PublishedRun) -> None:
    """FIFO: c's own 220 pays both. LIFO: D gets n's 120, E the victim's 100. Pro rata D gets 120 · 100/440 = 27.27, in
    fen 27, then E 100 · 73/320 = 22.8, in fen 23. LIBR: 340 are not traced. Taint-first: D gets all of it.
    """
    found = requests(run, "L1").down
    assert amounts(found) == [
        ("D", "X2", [0, 0, 27, 0, 100], ["pro-rata", "taint-first"]),
        ("E", "X1", [0, 100, 23, 0, 0], ["lifo"]),
    ]
    assert found.lost.by_rule == {"fifo": 0, "lifo": 100, "pro-rata": 50, "libr": 0, "taint-first": 100}
    assert found.accounts[1].text_en.endswith(
        ": 0.00 to 1.00 yuan of what the victims of case L1 paid (0.0 % to 100.0 %) went there in 1 payment."
        " It explains the most under lifo only."
    )


def test_up_what_else_the_referred_account_received(run: PublishedRun) -> None:
    """Not z's payment, which is reported: F's 500, G's 200 through m, the cash."""
    found = requests(run, "U1")
    assert amounts(found.up) == [("F", "X1", [500] * 5, list(RULES)), ("G", "X2", [200] * 5, [])]
    assert (found.up.total, found.up.lost.low) == (707, 700)
    first, second = found.up.accounts
    assert (first.since, first.ask_from, first.ask_to) == (NINE + 8 * HOUR, NINE + 8 * HOUR - 3 * DAY, NINE + 8 * HOUR)
    assert second.since == NINE + 9 * HOUR
    assert second.text_en == (
        "Ask X2 for the statement of account G from 2025-12-29 to 2026-01-01: 2.00 yuan of what else the referred"
        " accounts of case U1 received (28.3 %) came from there in 1 payment."
    )
    assert found.down.accounts == []
    assert found.text_en == first.text_en


def test_nothing_to_ask_says_so(run: PublishedRun) -> None:
    held, unknown = requests(run, "N1"), requests(run, "O1")
    assert (held.nothing, held.down.total, held.untraced) == (True, 50, [])
    assert held.text_en.startswith("Nothing to ask for: no money that was traced went to or came from")
    assert (unknown.nothing, unknown.down.total, unknown.untraced) == (True, 0, ["O1"])
    assert unknown.text_en.startswith("There is no payment to trace")
    with pytest.raises(UnknownId, match="no referral of case 'X9'"):
        requests(run, "X9")


def test_all_cases_are_the_sum_of_the_cases(run: PublishedRun) -> None:
    every = requests(run, None)
    single = [requests(run, case) for case in ("E1", "L1", "U1", "N1", "O1")]
    assert (every.cases, every.untraced, every.down.total) == (5, ["O1"], sum(s.down.total for s in single))
    for rule in RULES:
        for found in (every.down, every.up):
            lost = found.lost.by_rule[rule]
            assert sum(r.explains.by_rule[rule] for r in found.accounts) == lost
            assert sum(b.explains.by_rule[rule] for b in found.banks) == lost
        assert every.down.lost.by_rule[rule] == sum(s.down.lost.by_rule[rule] for s in single)
    assert {r.account_id: r.cases for r in every.down.accounts} == {"A": ["E1"], "B": ["E1"], "D": ["L1"], "E": ["L1"]}
    assert [(b.bank, b.accounts) for b in every.down.banks] == [("X1", ["A", "E"]), ("X2", ["D", "B"])]


def test_limits_are_counted(run: PublishedRun) -> None:
    found = requests(run, "E1", TraceLimits(depth=1)).down
    assert (found.accounts, found.lost.high, found.cut.low, found.cut.high) == ([], 0, 90, 90)


def test_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["requests", "--workspace", str(folder)]
    text = CliRunner().invoke(app, [*ask, "--all", "--limit", "1"]).output
    assert "Where the victims' money went: 2.60 yuan" in text
    assert "3 more" in text
    assert "no victim's payment could be identified in: O1" in text
    (total,) = (line for line in text.split("Where else")[0].splitlines() if "total" in line)
    assert total.split() == ["total", "4", "0.90", "1.90", "1.40", "0.90", "1.90"]
    assert "Nothing to ask for" in CliRunner().invoke(app, [*ask, "N1"]).output
    assert json.loads(CliRunner().invoke(app, [*ask, "E1", "--json"]).output)["down"]["total"] == 100
    assert command([*ask]) == 2
    assert command([*ask, "E1", "--all"]) == 2
    assert command([*ask, "X9"]) == 3
    assert "case 'X9'" in capsys.readouterr().err
