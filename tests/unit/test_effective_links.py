"""Effective identifiers, referrals, sanctions and dispositions, against rows worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from facts_kit import made_effective

from graphfraud.core.clock import DAY, SECOND

T = 1_000 * SECOND


def pay(txn: str, second: float, payer: str, payee: str, amount: int = 100, **more: Any) -> dict[str, Any]:
    return {"txn_id": txn, "time": int(second * SECOND), "payer": payer, "payee": payee, "amount": amount} | more


def txns(rows: list[dict[str, Any]]) -> list[str]:
    return [row["txn_id"] for row in rows]


def use(
    account: str, value: str, first: int, last: int | None, count: int | None, is_use: bool = False
) -> dict[str, Any]:
    row = {"account_id": account, "kind": "device", "value": value, "first_seen": first, "last_seen": last}
    return row | {"count": count, "is_use": is_use}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([use("a", "d", 5, 9, 3)], (5, 9, 3)),
        ([use("a", "d", 5, 9, None)], (5, 9, None)),
        ([use("a", "d", 5, None, 3)], (5, 5, None)),
        ([use("a", "d", 5, 101, 3)], (5, 100, None)),
        ([use("a", "d", 5, 100, 3)], (5, 100, 3)),
        ([use("a", "d", t, t, 1, True) for t in (4, 8, 6)], (4, 8, 3)),
        ([use("a", "d", 5, 9, 3), use("a", "d", 5, 20, 7)], (5, 20, 7)),
        ([use("a", "d", 5, 9, 3), *(use("a", "d", t, t, 1, True) for t in (4, 8))], (4, 9, 3)),
        ([use("a", "d", 5, 9, 1), *(use("a", "d", t, t, 1, True) for t in (4, 8))], (4, 9, 2)),
        ([use("a", "d", 5, 9, 3), use("a", "d", 6, 200, 1)], (5, 100, None)),
    ],
)
def test_identifiers_combined_and_cut(rows: list[dict[str, Any]], expected: tuple[Any, ...], tmp_path: Path) -> None:
    found, _ = made_effective({"identifiers": rows}, 100, tmp_path)
    assert [(r["first_seen"], r["last_seen"], r["count"]) for r in found["identifiers"]] == [expected]


def test_identifiers_are_numbered_by_kind_and_value(tmp_path: Path) -> None:
    rows = [
        ("b", "phone", "1"),
        ("a", "phone", "1"),
        ("a", "device", "z"),
        ("a", "device", "备"),
        ("a", "agent", "1"),
        ("a", "ip", "1"),
    ]
    world = {"identifiers": [{"account_id": a, "kind": k, "value": v, "first_seen": 1} for a, k, v in rows]}
    found, _ = made_effective(world, T, tmp_path)
    assert [(r["ident"], r["kind"], r["value"], r["account"]) for r in found["identifiers"]] == [
        (0, "device", "z", 0),
        (1, "device", "备", 0),
        (2, "phone", "1", 0),
        (2, "phone", "1", 1),
        (3, "ip", "1", 0),
        (4, "agent", "1", 0),
    ]


def referral(name: str, **more: Any) -> dict[str, Any]:
    return {"referral_id": name, "case_no": "C", "account_id": "b", "referred_at": 500 * SECOND} | more


def test_withdrawals_count_from_when_they_are_known(tmp_path: Path) -> None:
    world = {
        "transfers": [pay("X", 1, "a", "b")],
        "referrals": [
            referral("R1"),
            referral("R2"),
            referral("R3", withdrawn_at=700 * SECOND),
            referral("R4", status="withdrawn"),
            referral("R5", account_id="ghost"),
        ],
        "withdrawals": [{"referral_id": "R2", "withdrawn_at": 600 * SECOND}],
    }

    def standing(second: int) -> list[str]:
        found, report = made_effective(world, second * SECOND, tmp_path / str(second))
        assert report.counts["withdrawn"] == sum(r["withdrawn"] for r in found["referrals"])
        return [r["referral_id"] for r in found["referrals"] if not r["withdrawn"]]

    assert standing(499) == []
    assert standing(500) == ["R1", "R2", "R3", "R5"]
    assert standing(600) == ["R1", "R3", "R5"]
    assert standing(700) == ["R1", "R5"]


def test_the_reported_payment_is_found(tmp_path: Path) -> None:
    day = DAY // SECOND
    world = {
        "transfers": [
            pay("X0", 100, "v", "b", 50),
            pay("X1", 200, "v", "b", 50),
            pay("X2", 300, "v", "b", 60),
            pay("X3", 310, "v", "c", 60),
            pay("P4", 320, "w", "b", 70, perspective="payer"),
            pay("Q4", 321, "w", "b", 70, perspective="payee"),
        ],
        "referrals": [
            referral("A serial", victim_txn="X3"),
            referral("B serial of the other leg", victim_txn="Q4"),
            referral("C nearest", victim_account="v", victim_amount=50, victim_time=160 * SECOND),
            referral("D only one of the amount", victim_account="v", victim_amount=60),
            referral("E two of the amount", victim_account="v", victim_amount=50),
            referral("F a sum, by its time", victim_account="v", victim_amount=110, victim_time=300 * SECOND),
            referral("G too far", victim_account="v", victim_amount=60, victim_time=(301 + day) * SECOND),
            referral("H just near enough", victim_account="v", victim_amount=60, victim_time=(300 + day) * SECOND),
            referral("I wrong account", victim_account="w", victim_amount=60, victim_time=300 * SECOND),
            referral("J amount before time", victim_account="v", victim_amount=50, victim_time=300 * SECOND),
            referral("K nothing said"),
        ],
    }
    found, _ = made_effective(world, 10**9 * SECOND, tmp_path)
    serial = {r["flow"]: r["txn_id"] for r in found["transfers"]}
    codes = {r["account_id"]: r["code"] for r in found["accounts"]}
    assert {r["referral_id"][0]: serial.get(r["victim_flow"]) for r in found["referrals"]} == {
        "A": "X3",
        "B": "P4",
        "C": "X1",
        "D": "X2",
        "E": None,
        "F": "X2",
        "G": None,
        "H": "X2",
        "I": None,
        "J": "X1",
        "K": None,
    }
    assert {r["referral_id"][0]: r["victim"] for r in found["referrals"] if r["referral_id"][0] in "AI"} == {
        "A": -1,
        "I": codes["w"],
    }


def test_sanctions_and_dispositions_name_accounts(tmp_path: Path) -> None:
    world = {
        "transfers": [pay("X", 1, "a", "b")],
        "sanctions": [
            {"subject_kind": "account", "subject": "b", "start": 5, "end": 9, "basis": "list"},
            {"subject_kind": "account", "subject": "ghost", "start": 6},
            {"subject_kind": "holder", "subject": "a", "start": 7},
        ],
        "dispositions": [
            {"account_id": "a", "time": 9, "result": "released"},
            {"account_id": "ghost", "time": 8, "result": "x"},
        ],
    }
    found, _ = made_effective(world, T, tmp_path)
    assert [(r["subject"], r["account"], r["start"]) for r in found["sanctions"]] == [
        ("b", 1, 5),
        ("ghost", -1, 6),
        ("a", -1, 7),
    ]
    assert [(r["account_id"], r["account"], r["result"]) for r in found["dispositions"]] == [
        ("ghost", -1, "x"),
        ("a", 0, "released"),
    ]


@pytest.mark.parametrize(("flags", "expected"), [((True, True), True), ((True, False), False), ((), False)])
def test_date_only_is_said_of_all_transfers(flags: tuple[bool, ...], expected: bool, tmp_path: Path) -> None:
    rows = [pay(f"X{i}", i, "a", "b", date_only=flag) for i, flag in enumerate(flags)]
    assert made_effective({"transfers": rows}, T, tmp_path)[1].date_only is expected


def test_nothing_at_all(tmp_path: Path) -> None:
    found, report = made_effective({}, T, tmp_path)
    assert all(rows == [] for rows in found.values())
    assert set(found) == {
        *("accounts", "cards", "transfers", "cash", "failed", "reversed", "self", "identifiers", "referrals"),
        *("sanctions", "dispositions"),
    }
    assert report.days == {}
    assert sorted(p.suffix for p in tmp_path.iterdir() if p.suffix != ".parquet") == [".json"], "no scratch files stay"
