"""The snapshot built from effective facts, checked array by array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from facts_kit import made_effective

from graphfraud.core.clock import SECOND
from graphfraud.core.snapshot import (
    CASH_DESK,
    COMPANY,
    DEVICE,
    IP,
    NEVER,
    OPENING,
    OWN,
    PERSON,
    PHONE,
    UNEXPLAINED,
    UNKNOWN,
    UNSTATED,
    Meta,
    Snapshot,
)
from graphfraud.nightly.snapshot import build_snapshot

T = 1_000 * SECOND
WORLD: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"account_id": "a", "holder_id": "H2", "holder_type": "person", "open_time": 7, "opening_balance": 30},
        {"account_id": "b", "holder_id": "H1", "holder_type": "company", "open_time": 1, "merchant": True},
        {"account_id": "d", "holder_id": "H2", "open_time": 1, "pooled": True},
    ],
    "transfers": [
        {"txn_id": "X2", "time": 20 * SECOND, "payer": "a", "payee": "c", "amount": 90},
        {"txn_id": "X1", "time": 10 * SECOND, "payer": "b", "payee": "a", "amount": 50},
        {"txn_id": "账X3", "time": 30 * SECOND, "payer": "a", "payee": "d", "amount": 40},
        {"txn_id": "self", "time": 5 * SECOND, "payer": "a", "payee": "a", "amount": 1},
    ],
    "cash": [
        {"txn_id": "K1", "time": 10 * SECOND, "account": "c", "amount": -25},
        {"txn_id": "K2", "time": 40 * SECOND, "account": "c", "amount": 100},
    ],
    "identifiers": [
        {"account_id": "a", "kind": "phone", "value": "1", "first_seen": 5, "last_seen": 9},
        {"account_id": "c", "kind": "phone", "value": "1", "first_seen": 6},
        {"account_id": "a", "kind": "device", "value": "z", "first_seen": 7, "last_seen": 2 * T},
        {"account_id": "a", "kind": "ip", "value": "设备", "first_seen": 8},
    ],
    "referrals": [
        {"referral_id": "R2", "case_no": "案1", "account_id": "c", "referred_at": 50, "victim_account": "a"}
        | {"victim_amount": 90, "victim_time": 21 * SECOND},
        {"referral_id": "R1", "case_no": "案2", "account_id": "a", "referred_at": 60},
        {"referral_id": "R3", "case_no": "案2", "account_id": "b", "referred_at": 60},
        {"referral_id": "R4", "case_no": "案2", "account_id": "ghost", "referred_at": 60},
    ],
    "withdrawals": [{"referral_id": "R3", "withdrawn_at": 70}],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("built")
    made_effective(WORLD, T, folder / "facts")
    build_snapshot(folder / "facts", Meta(T, missing={"transfers": ["ip"]}), folder / "snapshot")
    return Snapshot.open(folder / "snapshot")


def lists(*arrays: Any) -> list[list[int]]:
    return [np.asarray(a).tolist() for a in arrays]


def test_accounts(built: Snapshot) -> None:
    accounts = built.accounts
    assert list(accounts.id) == ["a", "b", "c", "d"]
    assert lists(accounts.holder, accounts.kind) == [[1, 0, UNKNOWN, 1], [PERSON, COMPANY, UNSTATED, UNSTATED]]
    assert lists(accounts.pooled, accounts.merchant) == [[False, False, False, True], [False, True, False, False]]
    assert lists(accounts.open_time, accounts.opening_balance) == [[7, 1, NEVER, 1], [30, 0, 0, 0]]
    assert built.code("c") == 2


def test_flows(built: Snapshot) -> None:
    flows = built.flows
    assert list(flows.txn) == ["K1", "X1", "X2", "账X3", "K2"]
    assert lists(flows.time) == [[10 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND, 40 * SECOND]]
    assert lists(flows.payer, flows.payee) == [[CASH_DESK, 1, 0, 0, 2], [2, 0, 2, 3, CASH_DESK]]
    assert lists(flows.amount) == [[25, 50, 90, 40, 100]]
    assert [int(t) & OWN for t in flows.tag] == [0, 0, 0, OWN, 0]
    assert lists(built.events.ptr, built.events.flow) == [[0, 3, 4, 7, 8], [1, 2, 3, 1, 0, 2, 4, 3]]


def test_lots(built: Snapshot) -> None:
    links = list(zip(*lists(built.lots.outflow, built.lots.inflow, built.lots.amount), strict=True))
    assert links == [
        (1, UNEXPLAINED, 50),
        (2, 1, 50),  # a pays 90: the 50 that came in last, then its opening balance, then nobody knows
        (2, OPENING, 30),
        (2, UNEXPLAINED, 10),
        (3, UNEXPLAINED, 40),
        (4, 2, 90),
        (4, 0, 10),
    ]


def test_identifiers(built: Snapshot) -> None:
    found = built.identifiers
    assert lists(found.kind, found.ptr, found.account) == [[DEVICE, PHONE, IP], [0, 1, 3, 4], [0, 0, 2, 0]]
    assert list(found.value) == ["z", "1", "设备"]
    assert lists(found.first_seen, found.last_seen) == [[7, 5, 6, 8], [T, 9, 6, 8]]
    assert lists(found.by_account_ptr, found.by_account) == [[0, 3, 3, 4, 4], [0, 1, 2, 1]]


def test_referrals(built: Snapshot) -> None:
    found = built.referrals
    assert (list(found.id), list(found.case)) == (["R1", "R2"], ["案2", "案1"])
    assert lists(found.account, found.referred_at, found.victim) == [[0, 2], [60, 50], [UNKNOWN, 0]]
    assert lists(found.victim_amount, found.victim_time, found.victim_flow) == [[0, 90], [NEVER, 21 * SECOND], [-1, 2]]


def test_meta(built: Snapshot) -> None:
    meta = built.meta
    assert (meta.as_of, meta.date_only, meta.first_time, meta.missing) == (T, False, 10 * SECOND, {"transfers": ["ip"]})
    assert meta.counts is not None
    assert {c: meta.counts[c] for c in ("transfers", "cash", "self_payments", "referrals", "withdrawn")} == {
        "transfers": 3,
        "cash": 2,
        "self_payments": 1,
        "referrals": 4,
        "withdrawn": 1,
    }


def test_an_empty_bank(tmp_path: Path) -> None:
    made_effective({}, T, tmp_path / "facts")
    build_snapshot(tmp_path / "facts", Meta(T), tmp_path / "snapshot")
    empty = Snapshot.open(tmp_path / "snapshot")
    assert (len(empty.accounts), len(empty.flows.time), len(empty.identifiers.value), empty.meta.first_time) == (
        0,
        0,
        0,
        T,
    )
    assert lists(empty.events.ptr, empty.identifiers.ptr, empty.lots.out_ptr) == [[0], [0], [0]]


def test_without_cash_the_serials_are_the_transfers(tmp_path: Path) -> None:
    made_effective({"transfers": WORLD["transfers"]}, T, tmp_path / "facts")
    built = build_snapshot(tmp_path / "facts", Meta(T), tmp_path / "snapshot")
    assert list(built.flows.txn) == ["X1", "X2", "账X3"]
