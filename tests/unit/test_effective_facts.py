"""Effective facts on small worlds, checked against rows worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from facts_kit import made_effective

from graphfraud.core.clock import DAY, HOUR, SECOND
from graphfraud.core.snapshot import FEE, MERCHANT, OWN, POOLED
from graphfraud.nightly.effective.report import EffectiveReport
from graphfraud.settings import IngestSettings, Settings

T = 1_000 * SECOND


def pay(txn: str, second: float, payer: str, payee: str, amount: int = 100, **more: Any) -> dict[str, Any]:
    return {"txn_id": txn, "time": int(second * SECOND), "payer": payer, "payee": payee, "amount": amount} | more


def txns(rows: list[dict[str, Any]]) -> list[str]:
    return [row["txn_id"] for row in rows]


def test_accounts_from_every_feed_but_referrals_in_byte_order(tmp_path: Path) -> None:
    world = {
        "accounts": [{"account_id": "z", "open_time": 1}, {"account_id": "账户", "open_time": 1}],
        "transfers": [pay("X1", 1, "b", "a"), pay("X2", 2, "B", "a", success=False)],
        "cash": [{"txn_id": "K", "time": 3, "account": "é", "amount": 5}],
        "identifiers": [{"account_id": "m", "kind": "device", "value": "d", "first_seen": 1}],
        "referrals": [{"referral_id": "R", "case_no": "C", "account_id": "ghost", "referred_at": 1}],
    }
    found, report = made_effective(world, T, tmp_path)
    assert [(r["code"], r["account_id"]) for r in found["accounts"]] == list(
        enumerate(["B", "a", "b", "m", "z", "é", "账户"])
    )
    assert report.counts["unknown_referred"] == 1
    assert [(r["referral_id"], r["account"]) for r in found["referrals"]] == [("R", -1)]


def test_newest_version_of_an_account_known_at_t(tmp_path: Path) -> None:
    versions = [
        {"account_id": "A", "holder_id": "H2", "holder_type": "company", "open_time": 1, "known_at": 20},
        {"account_id": "A", "holder_id": "H1", "holder_type": "person", "open_time": 1, "known_at": 10},
        {"account_id": "B", "holder_id": "H1", "open_time": 1, "pooled": True},
        {"account_id": "C", "holder_id": "", "open_time": 1, "status": "open"},
    ]

    def seen(as_of: int) -> list[tuple[Any, ...]]:
        found, _ = made_effective({"accounts": versions}, as_of, tmp_path / str(as_of))
        return [tuple(r[c] for c in ("account_id", "holder", "kind", "holder_id", "status")) for r in found["accounts"]]

    assert seen(19) == [("A", 0, 1, "H1", None), ("B", 0, 0, "H1", None), ("C", -1, 0, "", "open")]
    assert seen(20) == [("A", 1, 2, "H2", None), ("B", 0, 0, "H1", None), ("C", -1, 0, "", "open")]


def test_changes_of_card_are_told_from_the_versions_known_at_t(tmp_path: Path) -> None:
    versions = [
        {"account_id": account, "open_time": 1, "known_at": at, "card_no": card}
        for account, at, card in [
            ("A", 10, "c1"), ("A", 20, "c1"), ("A", 30, "c2"), ("A", 40, ""), ("A", 50, "c2"), ("A", 60, "c1"),
            ("B", 10, "c9"),
            ("C", 10, ""), ("C", 20, "c8"),
        ]
    ]  # fmt: skip

    def seen(as_of: int) -> list[tuple[Any, ...]]:
        found, _ = made_effective({"accounts": versions}, as_of, tmp_path / str(as_of))
        return [tuple(r[c] for c in ("account", "since", "card_no", "changed")) for r in found["cards"]]

    assert seen(10) == []
    assert seen(29) == [(0, 10, "c1", False), (2, 20, "c8", False)]
    assert seen(60) == [(0, 10, "c1", False), (0, 30, "c2", True), (0, 60, "c1", True), (2, 20, "c8", False)]


def test_flows_are_numbered_by_time_and_serial_with_cash_between(tmp_path: Path) -> None:
    world = {
        "transfers": [pay("X3", 5, "a", "b"), pay("X1", 5, "b", "c"), pay("X9", 1, "a", "c"), pay("X4", 9, "c", "a")],
        "cash": [
            {"txn_id": "X2", "time": 5 * SECOND, "account": "a", "amount": 70, "terminal": "T1", "place": "P"},
            {"txn_id": "K", "time": 20 * SECOND, "account": "b", "amount": -30},
        ],
    }
    found, report = made_effective(world, T, tmp_path)
    assert [(r["flow"], r["txn_id"], r["payer"], r["payee"]) for r in found["transfers"]] == [
        (0, "X9", 0, 2),
        (1, "X1", 1, 2),
        (3, "X3", 0, 1),
        (4, "X4", 2, 0),
    ]
    assert [
        tuple(r[c] for c in ("flow", "txn_id", "account", "amount", "terminal", "place")) for r in found["cash"]
    ] == [
        (2, "X2", 0, 70, "T1", "P"),
        (5, "K", 1, -30, None, None),
    ]
    assert report.cutoffs == {"transfers": 9 * SECOND, "cash": 20 * SECOND}
    assert EffectiveReport.load(tmp_path) == report


def test_flows_of_one_time_and_serial_are_ordered_all_the_same(tmp_path: Path) -> None:
    rows = [pay("X", 5, "a", "b", n, row_id=f"r{n}") for n in (3, 1, 2)]
    world = {
        "transfers": rows,
        "cash": [{"txn_id": "X", "time": 5 * SECOND, "account": "a", "amount": 9, "row_id": "a"}],
    }
    found, _ = made_effective(world, T, tmp_path)
    assert [(r["flow"], r["amount"]) for r in found["transfers"]] == [(0, 1), (1, 2), (2, 3)]
    assert [(r["flow"], r["amount"]) for r in found["cash"]] == [(3, 9)]


def test_shanghai_days(tmp_path: Path) -> None:
    midnight = 20_000 * DAY - 8 * HOUR  # 00:00 in Shanghai
    world = {
        "transfers": [
            {"txn_id": f"X{i}", "time": midnight + d, "payer": "a", "payee": "b", "amount": 1}
            for i, d in enumerate((-1, 0, 1))
        ]
    }
    found, report = made_effective(world, midnight + DAY, tmp_path)
    assert [r["day"] for r in found["transfers"]] == [19_999, 20_000, 20_000]
    assert report.days == {19_999: 1, 20_000: 2}


def test_failed_and_self_payments_are_kept_apart(tmp_path: Path) -> None:
    world = {
        "transfers": [
            pay("ok", 1, "a", "b", success=True),
            pay("bad", 2, "a", "b", 7, success=False),
            pay("own", 3, "a", "a", 9),
            pay("badself", 4, "a", "a", 9, success=False),
        ]
    }
    found, report = made_effective(world, T, tmp_path)
    assert txns(found["transfers"]) == ["ok"]
    assert [(r["txn_id"], r["payer"], r["payee"], r["amount"]) for r in found["failed"]] == [
        ("bad", 0, 1, 7),
        ("badself", 0, 0, 9),
    ]
    assert [(r["txn_id"], r["account"], r["amount"], r["time"]) for r in found["self"]] == [("own", 0, 9, 3 * SECOND)]
    assert {c: report.counts[c] for c in ("transfers_known", "transfers", "failed", "self_payments")} == {
        "transfers_known": 4,
        "transfers": 1,
        "failed": 2,
        "self_payments": 1,
    }


def test_events_after_the_cut_are_left_out_and_counted(tmp_path: Path) -> None:
    world = {
        "transfers": [pay("now", 1, "a", "b"), pay("later", 2_000, "a", "c", known_at=5)],
        "cash": [{"txn_id": "K", "time": 2 * T, "account": "a", "amount": 1, "known_at": 5}],
    }
    found, report = made_effective(world, T, tmp_path)
    assert (txns(found["transfers"]), found["cash"], report.counts["after_cut"]) == (["now"], [], 2)


REVERSED = [
    pay("X1", 1, "a", "b"),
    pay("X2", 2, "b", "c"),
    pay("V1", 5, "b", "a", reversal_of="X1", known_at=50 * SECOND),
    pay("V2", 6, "b", "a", reversal_of="not there"),
]


def test_a_reversal_takes_both_rows_once_it_is_known(tmp_path: Path) -> None:
    before, counted = made_effective({"transfers": REVERSED}, 50 * SECOND - 1, tmp_path / "before")
    assert txns(before["transfers"]) == ["X1", "X2"]
    assert (counted.counts["reversed"], counted.counts["reversals_unpaired"]) == (0, 1)
    after, counted = made_effective({"transfers": REVERSED}, 50 * SECOND, tmp_path / "after")
    assert txns(after["transfers"]) == ["X2"]
    assert [(r["txn_id"], r["reversal_txn_id"], r["time"], r["reversal_time"]) for r in after["reversed"]] == [
        ("X1", "V1", 1 * SECOND, 5 * SECOND),
        (None, "V2", None, 6 * SECOND),
    ]
    assert {c: counted.counts[c] for c in ("reversed", "reversals", "reversals_unpaired")} == {
        "reversed": 1,
        "reversals": 1,
        "reversals_unpaired": 1,
    }


def test_a_reversed_reversal_restores_the_payment(tmp_path: Path) -> None:
    rows = [pay("X", 1, "a", "b"), pay("V", 2, "a", "b", reversal_of="X"), pay("W", 3, "a", "b", reversal_of="V")]
    found, report = made_effective({"transfers": rows}, T, tmp_path)
    assert txns(found["transfers"]) == ["X"]
    assert (report.counts["reversals"], report.counts["reversals_unpaired"]) == (0, 0)
    again = [*rows, pay("Y", 4, "a", "b", reversal_of="W")]
    found, _ = made_effective({"transfers": again}, T, tmp_path / "again")
    assert txns(found["transfers"]) == []


def test_reversals_without_a_serial_take_the_latest_payment_before_them(tmp_path: Path) -> None:
    rows = [
        pay("X1", 1, "a", "b"),
        pay("X2", 2, "a", "b"),
        pay("V1", 3, "a", "b", type="reversal"),
        pay("X3", 4, "a", "b"),
        pay("other amount", 2.5, "a", "b", 101),
        pay("other way", 2.5, "b", "a"),
        pay("V2", 5, "a", "b", type="reversal"),
        pay("V3", 6, "a", "b", type="reversal"),
        pay("V4", 7, "a", "b", type="reversal"),
        pay("V0", 0.5, "a", "b", type="reversal"),
    ]
    found, report = made_effective({"transfers": rows}, T, tmp_path)
    assert txns(found["transfers"]) == ["other amount", "other way"]
    assert [(r["reversal_txn_id"], r["txn_id"]) for r in found["reversed"]] == [
        ("V0", None),
        ("V1", "X2"),
        ("V2", "X3"),
        ("V3", "X1"),
        ("V4", None),
    ]
    assert report.counts["reversals_unpaired"] == 2


def test_a_named_reversal_goes_before_an_unnamed_one(tmp_path: Path) -> None:
    rows = [
        pay("X1", 1, "a", "b"),
        pay("X2", 2, "a", "b"),
        pay("V1", 3, "a", "b", type="reversal"),
        pay("V2", 4, "b", "a", reversal_of="X2"),
    ]
    found, _ = made_effective({"transfers": rows}, T, tmp_path)
    assert [(r["reversal_txn_id"], r["txn_id"]) for r in found["reversed"]] == [("V1", "X1"), ("V2", "X2")]


def leg(txn: str, second: float, side: str, amount: int = 100, **more: Any) -> dict[str, Any]:
    return pay(txn, second, "a", "b", amount, perspective=side, **more)


def test_the_two_legs_of_a_payment_are_one(tmp_path: Path) -> None:
    rows = [
        leg("P1", 10, "payer", payer_balance_after=900),
        leg("Q1", 14, "payee", payee_balance_after=100),
        leg("P2", 20, "payer"),
        leg("Q2", 26, "payee"),
        leg("P3", 30, "payer", 55),
        leg("P4", 31, "payer", 55),
        pay("F1", 30, "a", "b", 55),
        leg("Q5", 100, "payee", 55),
        leg("Q6", 101, "payee", 55),
    ]
    found, report = made_effective({"transfers": rows}, T, tmp_path)
    assert txns(found["transfers"]) == ["P1", "P2", "Q2", "F1", "P3", "P4", "Q5", "Q6"]
    first = found["transfers"][0]
    assert (first["time"], first["payer_balance_after"], first["payee_balance_after"]) == (10 * SECOND, 900, 100)
    assert report.counts["legs_merged"] == 1
    wide = Settings(ingest=IngestSettings(leg_tolerance_s=6))
    found, report = made_effective({"transfers": rows}, T, tmp_path / "wide", wide)
    assert report.counts["legs_merged"] == 2
    assert txns(found["transfers"]) == ["P1", "P2", "F1", "P3", "P4", "Q5", "Q6"]


def test_a_reversal_that_names_the_second_leg_takes_the_payment(tmp_path: Path) -> None:
    rows = [leg("P1", 10, "payer"), leg("Q1", 10, "payee"), leg("V1", 20, "payee", reversal_of="Q1")]
    found, report = made_effective({"transfers": rows}, T, tmp_path)
    assert found["transfers"] == []
    assert (report.counts["reversed"], report.counts["reversals_unpaired"]) == (1, 0)


def test_a_reversal_seen_from_both_sides_takes_one_payment(tmp_path: Path) -> None:
    rows = [leg(f"P{i}", i, "payer") for i in (10, 40)] + [leg(f"Q{i}", i + 1, "payee") for i in (10, 40)]
    rows += [leg("V1", 60, "payer", type="reversal"), leg("V2", 61, "payee", type="reversal")]
    found, report = made_effective({"transfers": rows}, T, tmp_path)
    assert txns(found["transfers"]) == ["P10"]
    assert (report.counts["reversals"], report.counts["legs_merged"]) == (1, 3)


def test_tags(tmp_path: Path) -> None:
    def account(name: str, holder: str | None, type_: str | None = "person", **more: Any) -> dict[str, Any]:
        return {"account_id": name, "holder_id": holder, "holder_type": type_, "open_time": 0} | more

    world = {
        "accounts": [
            account("a", "H1"),
            account("b", "H1"),
            account("c", "H2"),
            account("bank", "HB", "company"),
            account("pool", "HP", "company", pooled=True),
            account("shop", "HS", "company", merchant=True),
            account("x", None),
            account("y", None),
        ],
        "transfers": [
            pay("00 own", 1, "a", "b"),
            pay("01 plain", 1, "a", "c"),
            pay("02 unknown holders", 1, "x", "y"),
            pay("03 pool", 1, "pool", "a"),
            pay("04 to pool", 1, "a", "pool"),
            pay("05 shop", 1, "a", "shop"),
            pay("06 both", 1, "pool", "shop"),
            pay("07 fee", 1, "a", "bank", remark="短信手续费"),
            pay("08 interest", 1, "bank", "a", type="Interest Q1"),
            pay("09 sweep to own", 1, "a", "b", remark="资金归集"),
            pay("10 what people write", 1, "a", "c", remark="利息"),
            pay("11 not a fee", 1, "a", "bank", remark="coffee, 学费"),
            pay("12 person and unstated", 1, "a", "stranger", remark="fee"),
        ],
    }
    found, _ = made_effective(world, T, tmp_path)
    assert {r["txn_id"]: r["tag"] for r in found["transfers"]} == {
        "00 own": OWN,
        "01 plain": 0,
        "02 unknown holders": 0,
        "03 pool": POOLED,
        "04 to pool": POOLED,
        "05 shop": MERCHANT,
        "06 both": POOLED | MERCHANT,
        "07 fee": FEE,
        "08 interest": FEE,
        "09 sweep to own": OWN | FEE,
        "10 what people write": 0,
        "11 not a fee": 0,
        "12 person and unstated": FEE,
    }
