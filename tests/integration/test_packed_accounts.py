"""Account rows and cash in packed statements: that they say what is read row by row, and when they are not used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j_kit
import pytest
from facts_kit import facts

from graphfraud.stores.base import HopLimits, Statement, Statements, Window
from graphfraud.stores.neo4j import Neo4jStore
from graphfraud.stores.neo4j.packed import Packed

EVER = (1 << 63) - 1
WHOLE = Window(0, 100)
EVERYBODY = ("A", "B", "P", "Q")
ACCOUNTS = [
    {"account_id": "A", "bank": "one", "holder_type": "person", "card_no": "A", "known_at": 10, "open_time": 1},
    {"account_id": "A", "bank": "一行", "opening_balance": 7, "known_at": 30, "open_time": 2},
    {"account_id": "P", "pooled": True, "known_at": 5, "open_time": 1},
]
CASH = [
    {"txn_id": "K1", "time": 15, "account": "A", "amount": -5, "terminal": "自助机 1", "known_at": 16},
    {"txn_id": "K2", "time": 40, "account": "A", "amount": 9, "place": 'a "place"', "known_at": 41},
    {"txn_id": "K3", "time": 41, "account": "P", "amount": 1},
]
DEVICE = {"account_id": "A", "kind": "device", "value": "d", "first_seen": 3, "count": 1}


def pay(serial: str, time: int, payer: str, payee: str) -> dict[str, Any]:
    return {"txn_id": serial, "time": time, "payer": payer, "payee": payee, "amount": 5}


@pytest.fixture
def store(neo4j: None, tmp_path: Path) -> Iterator[Neo4jStore]:
    neo4j_kit.claim(tmp_path)
    with Neo4jStore(neo4j_kit.settings(), 2, lock_wait_s=0) as opened:
        opened.write(facts("transfers", [pay("X1", 10, "A", "B"), pay("X2", 20, "P", "A"), pay("X3", 30, "B", "Q")]))
        for name, rows in (("accounts", ACCOUNTS), ("cash", CASH), ("identifiers", [DEVICE])):
            opened.write(facts(name, rows))
        assert opened.pack() == Packed(4, 6)
        yield opened


def ask(store: Neo4jStore, window: Window, as_of: int, **more: Any) -> tuple[Statement, list[int]]:
    asked = HopLimits(as_of=as_of, statements=Statements(whole=False, **more))
    hop = store.expand(EVERYBODY, "both", window, asked)
    assert hop.statement is not None
    return hop.statement, sorted(hop.rows["row"].to_pylist())


def told(store: Neo4jStore, window: Window = WHOLE, as_of: int = EVER, **more: Any) -> list[str]:
    """Compare what the store tells with what it tells without packed statements; the accounts whose stand."""
    rows = store._session.read(
        "read/store_statements", accounts=[[a, None, 100] for a in EVERYBODY], start=0, end=100, min_amount=0,
        max_degree=9, as_of=as_of, whole=False, packed=True, signs=True, seen=True, settled=[], cards=True,
    )  # fmt: skip
    found, payments = ask(store, window, as_of, **more)
    kept = neo4j_kit.query("MATCH (a:Account) RETURN a.id, a.statement_rows")
    neo4j_kit.query("MATCH (a:Account) REMOVE a.statement_rows")
    expected, read = ask(store, window, as_of, **more)
    for account, count in kept:
        neo4j_kit.query("MATCH (a:Account {id: $id}) SET a.statement_rows = $n", id=account, n=count)
    assert payments == read
    assert sorted(found.cash) == sorted(expected.cash)
    assert len(found.accounts) == len(expected.accounts) == 4
    for one, other in zip(sorted(found.accounts), sorted(expected.accounts), strict=True):
        assert one._replace(seen=None) == other._replace(seen=None)
        assert other.seen in (None, one.seen), "told though nobody asked, or the same"
    return sorted(name for _, name, *_ in rows[0]["packed"])


@pytest.mark.parametrize("window", [Window(0, 100), Window(0, 40), Window(15, 16), Window(16, 100)])
@pytest.mark.parametrize("seen", [True, False])
def test_the_same_in_every_window(store: Neo4jStore, window: Window, seen: bool) -> None:
    assert told(store, window, seen=seen, settled=("one",)) == ["A", "B", "P", "Q"]


def test_what_is_told_by_hand(store: Neo4jStore) -> None:
    found, _ = ask(store, WHOLE, EVER)
    assert sorted(found.cash) == [
        (15, "A", -5, "K1", "自助机 1", None, "K1"),
        (40, "A", 9, "K2", None, 'a "place"', "K2"),
    ]
    rows = {row.account_id: row for row in found.accounts}
    assert rows["A"][2:] == (None, None, None, "一行", 2, 7, True, True, False)
    assert (rows["P"].pooled, rows["B"].stated, rows["B"].seen) == (True, False, False)


@pytest.mark.parametrize(("as_of", "stand"), [(41, ["A", "B", "P", "Q"]), (40, ["B", "Q"]), (29, [])])
def test_as_of_an_earlier_time(store: Neo4jStore, as_of: int, stand: list[str]) -> None:
    assert told(store, as_of=as_of) == stand


def test_cash_or_a_row_since(store: Neo4jStore) -> None:
    store.write(facts("cash", [{"txn_id": "K9", "time": 50, "account": "A", "amount": 2}]))
    store.write(facts("accounts", [{"account_id": "B", "bank": "two", "merchant": True, "known_at": 50}]))
    assert told(store) == ["P", "Q"]
    assert told(store, as_of=45) == ["P", "Q"]
    assert store.pack() == Packed(2, 4)
    assert told(store) == ["A", "B", "P", "Q"]


def test_an_identifier_since_is_seen(store: Neo4jStore) -> None:
    store.write(facts("identifiers", [DEVICE | {"account_id": "Q"}]))
    assert told(store) == ["A", "B", "P", "Q"]
    assert [row.seen for row in sorted(ask(store, WHOLE, EVER)[0].accounts) if row.account_id == "Q"] == [True]


def test_another_number(store: Neo4jStore) -> None:
    """Stated by the account's own row, which is packed anew, or by another's, which is looked up every time."""
    store.write(facts("accounts", [{"account_id": "A", "card_no": "Q", "known_at": 60}]))
    for stand in (["B", "P", "Q"], ["A", "B", "P", "Q"]):
        assert told(store) == stand
        others = {row.account_id: row.other_number for row in ask(store, WHOLE, EVER)[0].accounts}
        assert others == {"A": True, "B": False, "P": False, "Q": True}
        told(store, cards=False)
        store.pack()


def test_rows_that_change_places(store: Neo4jStore) -> None:
    """A row known earlier than was thought leaves another the newest: as many as before, so the copy is dropped."""
    late = {"account_id": "A", "bank": "three", "known_at": 50, "open_time": 3, "row_id": "R"}
    store.write(facts("accounts", [late]))
    store.pack()
    assert {row.bank for row in ask(store, WHOLE, EVER)[0].accounts} == {"three", None}
    store.write(facts("accounts", [late | {"known_at": 20}]))
    assert told(store) == ["B", "P", "Q"]
    assert {row.bank for row in ask(store, WHOLE, EVER)[0].accounts} == {"一行", None}
    store.pack()
    assert told(store) == ["A", "B", "P", "Q"]
