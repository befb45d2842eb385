"""Card, account and sub-account are one node; what is ambiguous is not joined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from facts_kit import made_effective

BESIDE = -1


def pay(txn: str, time: int, payer: str, payee: str, **more: Any) -> dict[str, Any]:
    return {"txn_id": txn, "time": time, "payer": payer, "payee": payee, "amount": 100, **more}


def nodes(
    accounts: list[dict[str, Any]], folder: Path, **tables: Any
) -> tuple[list[str], dict[str, list[dict[str, Any]]]]:
    found, _ = made_effective({"accounts": accounts, **tables}, 100, folder)
    return [r["account_id"] for r in found["accounts"]], found


def test_money_named_by_account_number_and_by_card_meets_in_one_node(tmp_path: Path) -> None:
    accounts = [{"account_id": "card", "card_no": "account", "known_at": BESIDE}]
    ids, found = nodes(
        accounts,
        tmp_path,
        transfers=[pay("t1", 1, "a", "account"), pay("t2", 2, "card", "b"), pay("t3", 3, "card", "account")],
        cash=[{"txn_id": "c", "time": 4, "account": "account", "amount": 5}],
        referrals=[{"referral_id": "r", "case_no": "1", "account_id": "account", "referred_at": 5}],
    )
    assert ids == ["a", "b", "card"]
    assert [(r["payer"], r["payee"]) for r in found["transfers"]] == [(0, 2), (2, 1)]
    assert [r["account"] for r in found["self"]] == [2]  # between two numbers of one account
    assert [r["account"] for r in found["cash"]] == [2]
    assert [r["account"] for r in found["referrals"]] == [2]


def test_the_two_legs_of_a_payment_meet_under_different_numbers(tmp_path: Path) -> None:
    accounts = [{"account_id": "card", "card_no": "account", "known_at": BESIDE}]
    legs = [
        pay("out", 1_000_000, "a", "account", perspective="payer"),
        pay("in", 2_000_000, "a", "card", perspective="payee"),
    ]
    found, report = made_effective({"accounts": accounts, "transfers": legs}, 10**9, tmp_path)
    assert [r["txn_id"] for r in found["transfers"]] == ["out"]
    assert report.counts["legs_merged"] == 1


@pytest.mark.parametrize(
    "accounts",
    [
        [{"account_id": "card", "card_no": "x"}, {"account_id": "x"}],  # the feed has it as an account of its own
        [{"account_id": "one", "card_no": "x"}, {"account_id": "two", "card_no": "x"}],  # two accounts claim it
        [{"account_id": "x", "card_no": "x"}],
    ],
)
def test_what_is_ambiguous_is_not_joined(accounts: list[dict[str, Any]], tmp_path: Path) -> None:
    stated = [{"open_time": 1, "known_at": 1} | a for a in accounts]
    ids, _ = nodes(stated, tmp_path, transfers=[pay("t", 1, "a", "x")])
    assert "x" in ids


def test_two_numbers_that_name_each_other_are_the_smaller_one(tmp_path: Path) -> None:
    accounts = [
        {"account_id": "b", "card_no": "a", "known_at": BESIDE},
        {"account_id": "a", "card_no": "b", "known_at": BESIDE},
    ]
    ids, _ = nodes(accounts, tmp_path, transfers=[pay("t", 1, "b", "z")])
    assert ids == ["a", "z"]
