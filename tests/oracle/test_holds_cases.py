"""Cases from their facts to a plan and to sheets, through the effective facts: worked by hand, odd, very large."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from run_kit import AS_OF, NINE, publish

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import UsageError
from graphfraud.services.holds import HoldRequest, HoldsAnswer, holds, orders_at_referral
from graphfraud.services.restitution import RestitutionRequest, RestitutionSheet, restitution

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def pay(n: float, txn: str, payer: str, payee: str, amount: int, **more: Any) -> dict[str, Any]:
    """A payment n hours after nine on the first day."""
    return {"txn_id": txn, "time": NINE + round(n * HOUR), "payer": payer, "payee": payee, "amount": amount, **more}


def refer(number: str, case: str, account: str, **more: Any) -> dict[str, Any]:
    return {"referral_id": number, "case_no": case, "account_id": account, "referred_at": AS_OF - DAY, **more}


@contextmanager
def opened(folder: Path, rows: Rows) -> Iterator[PublishedRun]:
    publish(folder, rows)
    with RunCatalogue(folder).open() as run:
        yield run


def plan(folder: Path, rows: Rows, **asked: Any) -> HoldsAnswer:
    with opened(folder, rows) as run:
        return holds(run, HoldRequest("C1", **asked))


def sheet(folder: Path, rows: Rows, account: str) -> RestitutionSheet:
    with opened(folder, rows) as run:
        return restitution(run, RestitutionRequest(account)).sheets[0]


def test_a_reported_sum_is_followed_in_all_its_payments(tmp_path: Path) -> None:
    """v reported 100: 60, then 30 and 10 make it up; the 25 between do not fit any more, the rest are others'."""
    sums = [("v", "a", 60), ("v", "a", 30), ("v", "a", 25), ("v", "a", 10), ("w", "a", 10), ("v", "b", 10)]
    moves = [pay(n, f"P{n}", *of) for n, of in enumerate(sums)]
    report = refer("R1", "C1", "a", victim_account="v", victim_amount=100, victim_time=NINE)
    found = plan(tmp_path, {"transfers": moves, "referrals": [report]})
    assert (found.victims, found.payments, found.start) == (1, 3, 100)
    assert [(h.account_id, h.recoverable, h.balance, h.collateral) for h in found.holds] == [("a", 100, 135, 35)]


def test_a_case_whose_payments_are_not_known_and_one_whose_money_is_gone(tmp_path: Path) -> None:
    moves = [pay(0, "P0", "v", "a", 100), pay(1, "P1", "a", "shop", 40)]
    cash = [{"txn_id": "K1", "time": NINE + 2 * HOUR, "account": "a", "amount": 60}]
    accounts = [{"account_id": "shop", "merchant": True, "open_time": 1}]
    reports = [refer("R1", "C1", "a", victim_txn="P0"), refer("R2", "C2", "a")]
    with opened(tmp_path, {"transfers": moves, "cash": cash, "accounts": accounts, "referrals": reports}) as run:
        with pytest.raises(UsageError, match="case 'C2' could be identified"):
            holds(run, HoldRequest("C2"))
        found = holds(run, HoldRequest("C1"))
        assert (found.holds, found.totals.accounts, found.totals.recoverable) == ([], 0, 0)
        assert {(w.cash, w.merchant, w.held, w.start) for w in found.where} == {(60, 40, 0, 100)}
        assert found.notes_en[0].startswith("All of the money is gone")
        assert restitution(run, RestitutionRequest(None, "C1")).sheets == []


def test_other_banks_earlier_holds_and_days_without_times(tmp_path: Path) -> None:
    """x is another bank's: 30 arrived, its balance is not known. b was held twice. Times are days: a note says so."""
    moves = [pay(0, "P0", "v", "a", 100), pay(1, "P1", "a", "x", 30), pay(2, "P2", "a", "b", 50)]
    rows = {
        "transfers": [m | {"date_only": True} for m in moves],
        "accounts": [{"account_id": n, "bank": "X1" if n == "x" else "B1", "open_time": 1} for n in "abvx"],
        "identifiers": [{"account_id": "a", "kind": "device", "value": "d", "first_seen": 1}],
        "dispositions": [{"account_id": "b", "time": NINE + n * DAY, "result": "止付"} for n in (3, 6)],
        "referrals": [refer("R1", "C1", "a", victim_txn="P0")],
    }
    found = plan(tmp_path, rows, delay=0)
    by_name = {h.account_id: h for h in found.holds}
    assert {n: (h.ours, h.balance, h.high, h.action) for n, h in by_name.items()} == {
        "a": (True, 20, 20, "whole"), "x": (False, None, 30, "ask"), "b": (True, 50, 50, "none"),
    }  # fmt: skip
    assert found.holds[-1].account_id == "b"
    assert (by_name["b"].earlier.count, by_name["x"].order.bank) == (2, "X1")
    assert any("days only" in note for note in found.notes_en)
    assert all(w.held + w.other_bank == 100 for w in found.where)


def test_stated_balances_come_from_the_feed(tmp_path: Path) -> None:
    """Payments say 100 − 30 = 70 in a; the bank said 45 after the last of them, so 45 can be saved at most."""
    moves = [pay(0, "P0", "v", "a", 100, payee_balance_after=100), pay(1, "P1", "a", "b", 30, payer_balance_after=45)]
    found = plan(tmp_path, {"transfers": moves, "referrals": [refer("R1", "C1", "a", victim_txn="P0")]})
    a = next(h for h in found.holds if h.account_id == "a")
    assert (a.balance, a.recoverable, a.high) == (45, 45, 45)


def test_branch_two_where_time_stamps_resolve_it(tmp_path: Path) -> None:
    """v's 100 came and left whole before w's 80 came: every method says that the 80 are w's."""
    moves = [pay(0, "P0", "v", "a", 100), pay(1, "P1", "a", "b", 100), pay(2, "P2", "w", "a", 80)]
    reports = [refer("R1", "C1", "a", victim_txn="P0"), refer("R2", "C1", "a", victim_txn="P2")]
    found = sheet(tmp_path, {"transfers": moves, "referrals": reports}, "a")
    assert (found.branch, found.returned, found.rest, found.notice_days) == (2, 80, 0, 0)
    assert [(s.victim, s.loss, s.amount) for s in found.shares] == [("v", 100, 0), ("w", 80, 80)]


def test_branch_three_where_it_does_not(tmp_path: Path) -> None:
    """v 100 and w 50 in, 90 out: FIFO leaves v 10 and w 50, LIFO v 60. 60 : in proportion 40 and 20, after a notice."""
    moves = [pay(0, "P0", "v", "a", 100), pay(1, "P1", "w", "a", 50), pay(2, "P2", "a", "b", 90)]
    reports = [refer("R1", "C1", "a", victim_txn="P0"), refer("R2", "C7", "a", victim_txn="P1")]
    found = sheet(tmp_path, {"transfers": moves, "referrals": reports}, "a")
    assert (found.branch, found.available, found.notice_days) == (3, 60, 30)
    assert [(s.victim, s.cases, s.held["fifo"], s.held["lifo"], s.amount) for s in found.shares] == [
        ("v", ["C1"], 10, 60, 40), ("w", ["C7"], 50, 0, 20),
    ]  # fmt: skip
    assert found.notice_until == AS_OF + 30 * DAY


def test_an_opening_balance_or_a_second_credit_is_not_branch_one(tmp_path: Path) -> None:
    move, report = pay(0, "P0", "v", "a", 100), refer("R1", "C1", "a", victim_txn="P0")
    branches = []
    for n, (opening, more) in enumerate(
        [(0, []), (5, []), (0, [pay(1, "P1", "u", "a", 9), pay(2, "P2", "a", "u", 50)])]
    ):
        rows = {
            "transfers": [move, *more],
            "accounts": [{"account_id": "a", "opening_balance": opening, "open_time": 1}],
            "referrals": [report],
        }
        branches.append(sheet(tmp_path / str(n), rows, "a").branch)
    assert branches == [1, 2, 3]


def test_ten_thousand_victims_within_seconds(tmp_path: Path) -> None:
    """Each pays 7 into x, which pays 30 × 1,000 on; 40,000 stay there: 4 fen for each of the 10,000."""
    n = 10_000
    moves = [pay(0, f"P{i:05d}", f"v{i:05d}", "x", 7) | {"time": NINE + i} for i in range(n)]
    moves += [pay(10 + i, f"Q{i:02d}", "x", f"y{i:02d}", 1000) for i in range(30)]
    reports = [refer(f"R{i:05d}", "C1", "x", victim_txn=f"P{i:05d}") for i in range(n)]
    with opened(tmp_path, {"transfers": moves, "referrals": reports}) as run:
        began = time.perf_counter()
        found = holds(run, HoldRequest("C1"))
        returned = restitution(run, RestitutionRequest("x")).sheets[0]
        took = time.perf_counter() - began
    assert took < 30, f"{took:.1f} s"
    assert (found.victims, len(found.holds), found.left_out) == (n, 20, 11)
    assert found.totals.recoverable == 70_000
    assert (found.holds[0].account_id, found.holds[0].recoverable) == ("x", 40_000)
    assert (returned.branch, returned.returned, {s.amount for s in returned.shares}) == (3, 40_000, {4})


def test_a_replayed_plan_knows_only_what_was_known_at_the_first_referral(tmp_path: Path) -> None:
    """Two hours in, a holds 40 and b 60; that a pays on at five and who is referred at ten is not known yet."""
    moves = [pay(0, "P0", "v", "a", 100), pay(1, "P1", "a", "b", 60), pay(5, "P2", "a", "c", 40),
             pay(1.5, "P3", "w", "b", 7)]  # fmt: skip
    reports = [
        refer("R1", "C1", "a", victim_txn="P0") | {"referred_at": NINE + 2 * HOUR},
        refer("R2", "C1", "b", victim_txn="P3") | {"referred_at": NINE + 10 * HOUR},
    ]
    with opened(tmp_path, {"transfers": moves, "referrals": reports}) as run:
        assert orders_at_referral(run, since=AS_OF).num_rows == 0
        rows = orders_at_referral(run, since=0).to_pylist()
    assert {(r["case_no"], r["at"], *r["payments"]) for r in rows} == {("C1", NINE + 2 * HOUR, "P0")}
    by_order: dict[str, list[tuple[str, int, int]]] = {}
    for r in rows:
        by_order.setdefault(r["order"], []).append((r["account_id"], r["amount"], r["balance"]))
    assert by_order["largest balance first"] == by_order["latest layer first"] == [("b", 67, 67), ("a", 40, 40)]
    assert sorted(by_order["plan"]) == [("a", 40, 40), ("b", 67, 67)]
    assert [r["rank"] for r in rows if r["order"] == "plan"] == [1, 2]
