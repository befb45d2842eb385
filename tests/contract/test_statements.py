"""Statements: what `expand` answers beside transfers, on every store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from facts_kit import facts
from store_kit import READ, StoreKind

from graphfraud.stores.base import (
    MOVED,
    PAYMENT,
    TOLD,
    CashMove,
    GraphStore,
    Holding,
    Hop,
    HopLimits,
    Statements,
    Window,
)

FACTS: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"account_id": "A", "bank": "one", "opening_balance": 7, "open_time": 1, "holder_type": "person"},
        {"account_id": "A", "bank": "two", "opening_balance": 9, "open_time": 1, "known_at": 50},
        {"account_id": "M", "bank": "one", "merchant": True, "open_time": 1},
        {"account_id": "N", "bank": "three", "card_no": "B", "open_time": 1},
    ],
    "transfers": [
        {"txn_id": "X1", "time": 10, "payer": "A", "payee": "B", "amount": 5, "channel": "mobile"},
        {"txn_id": "X2", "time": 20, "payer": "B", "payee": "A", "amount": 6, "success": False},
        {"txn_id": "X3", "time": 30, "payer": "A", "payee": "M", "amount": 7, "perspective": "payer"},
        {"txn_id": "X4", "time": 40, "payer": "C", "payee": "D", "amount": 5, "reversal_of": "X1", "type": "reversal"},
        {"txn_id": "X5", "time": 60, "payer": "M", "payee": "C", "amount": 1},
    ],
    "cash": [
        {"txn_id": "K1", "time": 15, "account": "A", "amount": -5, "terminal": "T1", "place": "P"},
        {"txn_id": "K2", "time": 25, "account": "M", "amount": 8},
    ],
    "identifiers": [{"account_id": "C", "kind": "phone", "value": "p", "first_seen": 12, "last_seen": 13}],
}


@pytest.fixture(params=READ, ids=["embedded", "neo4j", "packed"])
def kind(request: pytest.FixtureRequest) -> StoreKind:
    found: StoreKind = request.param
    return found


@pytest.fixture
def store(kind: StoreKind, tmp_path: Path) -> Iterator[GraphStore]:
    with kind.open(tmp_path) as opened:
        for name, rows in FACTS.items():
            opened.write(facts(name, rows))
        yield opened


def ask(store: GraphStore, accounts: list[str], end: int = 100, **limits: Any) -> Hop:
    names = ("until", "undone", "banks", "numbers", "whole", "signs", "rows", "seen", "settled", "cards")
    more = {name: limits.pop(name) for name in names if name in limits}
    return store.expand(accounts, "both", Window(0, end), HopLimits(statements=Statements(**more), **limits))


def holdings(hop: Hop) -> dict[str, dict[str, Any]]:
    assert hop.statement is not None
    return {row.account_id: row._asdict() for row in hop.statement.accounts}


def test_rows_cash_and_the_newest_account_row(store: GraphStore) -> None:
    hop = ask(store, ["A", "B"])
    assert hop.rows.schema == PAYMENT
    told = hop.rows.select([name for name in ("time", *TOLD[:2], "amount", *TOLD[2:])])
    assert sorted(tuple(row.values()) for row in told.to_pylist()) == [
        (10, "A", "B", 5, "X1", "mobile", None, None, None, None, "X1"),
        (20, "B", "A", 6, "X2", None, None, False, None, None, "X2"),
        (30, "A", "M", 7, "X3", None, None, None, None, "payer", "X3"),
    ]
    assert hop.statement is not None
    assert list(hop.statement.cash) == [(15, "A", -5, "K1", "T1", "P", "K1")]
    assert {type(row) for row in (*hop.statement.cash, *hop.statement.accounts)} == {CashMove, Holding}
    found = holdings(hop)
    newest = {"bank": "two", "opening_balance": 9, "holder_type": None, "open_time": 1, "stated": True, "seen": True}
    number = found["A"].pop("number")
    assert set(hop.rows.filter(pc.equal(hop.rows["payer"], "A"))["payer_no"].to_pylist()) == {number}
    assert found["A"] == {"account_id": "A", "pooled": None, "merchant": None, "other_number": False} | newest
    assert [found["B"][name] for name in ("stated", "seen", "other_number")] == [False, False, True]
    assert (hop.hubs, hop.statement.undone, hop.statement.seen_banks) == ({}, (), frozenset())


def test_only_what_was_known(store: GraphStore) -> None:
    hop = ask(store, ["A"], as_of=20)
    assert sorted(hop.rows["txn_id"].to_pylist()) == ["X1", "X2"]
    assert (holdings(hop)["A"]["bank"], holdings(hop)["A"]["holder_type"]) == ("one", "person")
    early = ask(store, ["A", "C"], as_of=11)
    assert (early.rows.num_rows, len(early.statement.cash)) == (1, 0)  # type: ignore[union-attr]
    assert [holdings(early)[a]["seen"] for a in ("A", "C")] == [False, False]
    assert holdings(ask(store, ["C"]))["C"]["seen"]
    assert ask(store, ["A"], end=20).rows["txn_id"].to_pylist() == ["X1"]
    assert ask(store, ["A"], until={"A": 20, "B": 1}).rows["txn_id"].to_pylist() == ["X1"]


def test_merchants_and_hubs_are_described_only(store: GraphStore) -> None:
    hop = ask(store, ["M", "C"], max_degree=2)
    assert sorted(hop.rows["txn_id"].to_pylist()) == ["X4", "X5"], "X5 is found from C's side"
    assert hop.statement is not None
    assert not hop.statement.cash
    assert holdings(hop)["M"]["merchant"]
    assert hop.hubs == {}
    hub = ask(store, ["A"], max_degree=2, end=11)
    assert hub.hubs == {"A": 3}, "a hub by all its transfers, whatever the window"
    assert (hub.rows.num_rows, len(hub.statement.cash)) == (0, 0)  # type: ignore[union-attr]
    assert holdings(hub)["A"]["seen"] is False, "cash from the window's end on"


def test_reversals_between_others_banks_and_nobody(store: GraphStore) -> None:
    hop = ask(store, ["A", "nobody"], undone=True, banks=("one", "two", "three", "none"))
    assert hop.statement is not None
    assert hop.statement.undone == (("X4", "X1"),)
    assert hop.statement.seen_banks == {"one", "two"}, "one: the merchant's cash; two: A's newest row"
    assert ask(store, ["A", "C"], undone=True).statement.undone == ()  # type: ignore[union-attr]
    assert ask(store, ["A"], undone=True, end=40).statement.undone == ()  # type: ignore[union-attr]
    assert ask(store, ["A"], banks=("one",), as_of=24).statement.seen_banks == {"one"}  # type: ignore[union-attr]
    assert ask(store, [], as_of=14, banks=("one",)).statement.seen_banks == frozenset()  # type: ignore[union-attr]
    row = holdings(hop).get("nobody", {"stated": False, "seen": False})
    assert (row["stated"], row["seen"]) == (False, False)


def test_by_number_and_in_brief(store: GraphStore) -> None:
    """The same rows and accounts without their text; a payment that failed has amount 0 where that is asked."""
    whole = ask(store, ["A", "B"])
    numbers = {row.account_id: row.number for row in whole.statement.accounts}  # type: ignore[union-attr]
    brief = ask(store, [], numbers=dict.fromkeys(numbers.values(), 100), whole=False, cards=False, settled=("two",))
    assert tuple(brief.rows.column_names) == MOVED
    failed = {
        row: 0 for row, ok in zip(*(whole.rows[c].to_pylist() for c in ("row", "success")), strict=True) if ok is False
    }
    assert len(failed) == 1
    expected = [row | {"amount": failed.get(row["row"], row["amount"])} for row in whole.rows.select(MOVED).to_pylist()]
    assert sorted(brief.rows.to_pylist(), key=str) == sorted(expected, key=str)
    looked = ask(store, ["A", "B"], whole=False, signs=False)
    assert sorted(looked.rows["amount"].to_pylist()) == [5, 6, 7]
    assert brief.statement is not None
    assert holdings(brief)["A"] == holdings(whole)["A"] | (
        {"seen": None} if holdings(brief)["A"]["seen"] is None else {}
    )
    assert [holdings(brief)["B"][name] for name in ("stated", "seen")] == [False, False]
    assert sorted(ask(store, [], numbers={numbers["A"]: 20}).rows["txn_id"].to_pylist()) == ["X1"]
    some = whole.rows["row"].to_pylist()[:2]
    told = ask(store, [], rows=tuple(some))
    assert sorted(told.rows.to_pylist(), key=str) == sorted(whole.rows.slice(0, 2).to_pylist(), key=str)
    assert told.statement is not None
    assert (len(told.statement.accounts), len(told.statement.cash), told.hubs) == (0, 0, {})
