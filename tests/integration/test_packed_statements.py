"""Packed statements on a real server: when they are used, when they are not, and that both give the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j_kit
import numpy as np
import pytest
from facts_kit import facts
from neo4j import Transaction
from neo4j.exceptions import Neo4jError

from graphfraud.core.findings import FINDINGS
from graphfraud.errors import StoreError
from graphfraud.services import live
from graphfraud.settings import Settings
from graphfraud.stores.base import MAX_DEGREE, HopLimits, RunRecord, Statements, Window
from graphfraud.stores.neo4j import Neo4jStore, packed
from graphfraud.stores.neo4j.batch import Job
from graphfraud.stores.neo4j.packed import Opened, Packed, opened
from graphfraud.trace import Rule

EVER = (1 << 63) - 1
#: Between A, B and C, with one to oneself and one that failed: (serial, time, payer, payee, amount, known at).
ROWS = [
    ("X1", 10, "A", "B", 5, 10),
    ("X2", 20, "B", "A", 6, 20),
    ("X3", 30, "A", "A", 7, 35),
    ("X4", 40, "C", "A", 8, 40),
    ("X5", 50, "B", "C", 9, 60),
]
FAILED = {"X2"}


def pay(serial: str, time: int, payer: str, payee: str, amount: int, known: int) -> dict[str, Any]:
    row = {"txn_id": serial, "time": time, "payer": payer, "payee": payee, "amount": amount, "known_at": known}
    return row | ({"success": False} if serial in FAILED else {})


def wanted(*accounts: str, until: int = 100, as_of: int = EVER) -> list[tuple[Any, ...]]:
    """The statements of accounts in brief, worked out from the rows above."""
    return [
        (serial, time, payer, payee, 0 if serial in FAILED else amount)
        for serial, time, payer, payee, amount, known in ROWS
        if {payer, payee} & set(accounts) and time < until and known <= as_of
    ]


def told(store: Neo4jStore, *accounts: str, as_of: int = EVER, **more: Any) -> list[tuple[Any, ...]]:
    """The statements of accounts in brief, as the store tells them."""
    asked = HopLimits(as_of=as_of, statements=Statements(whole=False, **more))
    rows = store.expand(accounts, "both", Window(0, 100), asked).rows
    names = dict(neo4j_kit.query("MATCH (a:Account) RETURN id(a), a.id"))
    serials = dict(neo4j_kit.query("MATCH ()-[t:TRANSFER]->() RETURN id(t), t.id"))
    found = zip(*(rows[name].to_pylist() for name in ("row", "time", "payer_no", "payee_no", "amount")), strict=True)
    return sorted((serials[row], time, names[a], names[b], amount) for row, time, a, b, amount in found)


def standing(store: Neo4jStore, *accounts: str, as_of: int = EVER, whole: bool = False) -> list[str]:
    """Those of some accounts that the server answers with their packed statement."""
    bounds = {"start": 0, "end": 100, "min_amount": 0, "max_degree": MAX_DEGREE, "as_of": as_of}
    how = {"whole": whole, "packed": True, "signs": True, "seen": False, "settled": [], "cards": False}
    asked = [[account, None, 100] for account in accounts]
    (found,) = store._session.read("read/store_statements", accounts=asked, **bounds, **how)
    return sorted(name for _, name, *_ in found["packed"])


@pytest.fixture
def store(neo4j: None, tmp_path: Path) -> Iterator[Neo4jStore]:
    """The rows above, packed."""
    neo4j_kit.claim(tmp_path)
    with Neo4jStore(neo4j_kit.settings(), 2, lock_wait_s=0) as opened:
        opened.write(facts("transfers", [pay(*row) for row in ROWS]))
        assert told(opened, "A", "B", "C") == wanted("A", "B", "C"), "nothing is packed yet"
        assert standing(opened, "A", "B", "C") == []
        assert opened.pack() == Packed(3, 4 + 3 + 2)
        yield opened


def test_the_bytes_are_what_was_worked_out(store: Neo4jStore) -> None:
    one = "MATCH (a:Account {id: 'B'}) RETURN id(a), a.statement, a.statement_rows, a.statement_known, a.statement_seq"
    ((number, data, count, known, seq),) = neo4j_kit.query(one)
    assert (count, known, seq) == (3, 60, 1)
    assert data[3 * 4 * 8 :] == b"[3,[null,null,null,null,null,null,false,false],[]]"
    numbers = dict(neo4j_kit.query("MATCH ()-[t:TRANSFER]->() RETURN t.id, id(t)"))
    other = dict(neo4j_kit.query("MATCH (a:Account) RETURN a.id, id(a)"))
    by_hand = [
        [numbers["X1"], 10, 5, other["A"]],
        [-1 - numbers["X2"], 20, -6, other["A"]],
        [numbers["X5"], 50, -9, other["C"]],
    ]
    columns = np.frombuffer(data[: 3 * 4 * 8], "<i8").reshape(4, 3)
    assert sorted(columns.T.tolist(), key=lambda row: row[1]) == by_hand
    found = [(number, "B", 50, 3, False, False, data), (number, "B", 11, 3, True, True, data)]
    cut = opened(found, Window(0, 100), False)
    assert cut is not None
    assert sorted(cut.rows[2].tolist()) == [10, 10, 20]
    assert set(cut.rows[0].tolist()) == {number}
    assert [(row.seen, row.other_number) for row in cut.accounts] == [(False, False), (True, False)]
    empty = opened([], Window(0, 100), False)
    assert isinstance(empty, Opened)
    assert empty.rows.shape == (5, 0)
    for part in (data[:90], data[:-1], data[32:], b""):
        assert opened([(number, "B", 50, 3, False, False, part)], Window(0, 100), False) is None, "not whole"


def test_packed_and_walked_give_the_same(store: Neo4jStore) -> None:
    for accounts in (("A",), ("B",), ("A", "C"), ("A", "B", "C")):
        assert standing(store, *accounts) == sorted(accounts)
        assert told(store, *accounts) == wanted(*accounts)
    assert told(store, "A", until={"A": 30}) == wanted("A", until=30)
    looked = told(store, "A", "B", signs=False)
    assert [amount for *_, amount in looked] == [5, 6, 7, 8, 9]
    assert standing(store, "A", "B", whole=True) == [], "texts are read from the transfers"
    asked = HopLimits(min_amount=7, statements=Statements(whole=False))
    some = store.expand(["A", "B"], "both", Window(25, 45), asked).rows
    assert sorted(some["time"].to_pylist()) == [30, 40]


def test_as_of_an_earlier_time(store: Neo4jStore) -> None:
    assert standing(store, "A", "B", as_of=59) == ["A"]
    assert told(store, "A", "B", as_of=59) == wanted("A", "B", as_of=59)
    assert standing(store, "A", as_of=39) == []
    assert told(store, "A", as_of=39) == wanted("A", as_of=39)


def test_a_payment_since(store: Neo4jStore) -> None:
    store.write(facts("transfers", [pay("X6", 55, "C", "D", 1, 70)]))
    assert standing(store, "A", "B", "C", "D") == ["A", "B"]
    more = [("X6", 55, "C", "D", 1)]
    assert told(store, "A", "B", "C", "D") == wanted("A", "B", "C") + more
    assert told(store, "C", as_of=60) == wanted("C"), "what came since is not known then"
    assert store.pack() == Packed(2, 3 + 1)
    assert standing(store, "A", "B", "C", "D") == ["A", "B", "C", "D"]
    assert told(store, "C", "D") == wanted("C") + more
    assert standing(store, "C", "D", as_of=60) == []
    assert store.pack() == Packed(), "nothing has changed"


def test_known_earlier_than_was_thought(store: Neo4jStore) -> None:
    """A later load lowers known_at: the packed statement is used from the time on that it was thought to be."""
    store.write(facts("transfers", [pay(*ROWS[4][:5], 51)]))
    assert standing(store, "B", as_of=59) == []
    assert told(store, "B", as_of=55) == wanted("B"), "X5 is known by now"
    assert standing(store, "B", as_of=60) == ["B"]
    assert told(store, "B") == wanted("B")


def test_a_load_that_never_finished(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows are not packed, and what is packed does not stand while they lie there; then they are adopted."""
    late = [pay("X6", 55, "A", "C", 1, 60), pay("X7", 56, "A", "C", 2, 60)]

    def cut_off(self: Job, tx: Transaction) -> Any:
        done = was(self, tx)
        tx.commit()
        raise KeyboardInterrupt(done)

    was = Job.__call__
    monkeypatch.setattr(Job, "__call__", cut_off)
    with pytest.raises(KeyboardInterrupt):
        store.write(facts("transfers", late))
    monkeypatch.undo()
    assert neo4j_kit.query("MATCH ()-[t:TRANSFER]->() RETURN count(t)") == [(7,)]
    assert standing(store, "A", "B", "C") == ["B"]
    assert told(store, "A", "B", "C") == wanted("A", "B", "C")
    assert store.pack() == Packed(), "accounts with such rows wait"
    assert standing(store, "A", "B", "C") == ["B"]
    other = late[1] | {"amount": 3}
    store.write(facts("transfers", [late[0], other]))  # one is adopted, the other one of that load goes
    assert standing(store, "A", "B", "C") == ["B"]
    more = [("X6", 55, "A", "C", 1), ("X7", 56, "A", "C", 3)]
    assert told(store, "A") == wanted("A") + more
    assert store.pack() == Packed(2, 6 + 4)
    assert (standing(store, "A", "C"), told(store, "A")) == (["A", "C"], wanted("A") + more)


def test_a_load_given_up(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only rows of unfinished loads are ever removed: when they are gone, what was packed before them stands again."""

    def fail(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("graphfraud.stores.neo4j.write._finish", fail)
        with pytest.raises(KeyboardInterrupt):
            store.write(facts("transfers", [pay("X6", 55, "A", "C", 1, 60)]))
    assert standing(store, "A", "B", "C") == ["B"]
    store.write(facts("cash", [{"txn_id": "K", "time": 5, "account": "D", "amount": 1}]))
    assert standing(store, "A", "B", "C") == ["A", "B", "C"]
    assert told(store, "A", "B", "C") == wanted("A", "B", "C")


@pytest.mark.parametrize(
    "changed",
    [
        "a.statement_number = a.statement_number + 1",
        "a.statement_last = a.statement_last + 1000",
        "a.statement_rows = a.statement_rows - 1",
        "a.statement_seq = a.statement_seq + 1",
        "a.statement_known = null",
        "a.statement_cash = null",
        "a.statement_versions = 1",
        "a.statement_last = null",
    ],
)
def test_one_that_cannot_be_of_this_account_now(store: Neo4jStore, changed: str) -> None:
    """As after a copy of the database that numbers rows again: not used, and packed anew."""
    neo4j_kit.query(f"MATCH (a:Account {{id: 'B'}}) SET {changed}")
    assert standing(store, "A", "B") == ["A"]
    assert told(store, "A", "B") == wanted("A", "B")
    assert store.pack() == Packed(1, 3)
    assert standing(store, "A", "B") == ["A", "B"]
    assert told(store, "A", "B") == wanted("A", "B")


def test_bytes_that_are_not_whole(store: Neo4jStore) -> None:
    """As when a reader meets a statement that is being written: the batch is read from its payments."""
    ((data,),) = neo4j_kit.query("MATCH (a:Account {id: 'B'}) RETURN a.statement")
    neo4j_kit.query("MATCH (a:Account {id: 'B'}) SET a.statement = $data", data=data[:64])
    assert standing(store, "A", "B") == ["A", "B"]
    assert told(store, "A", "B") == wanted("A", "B")


def test_the_last_payment_lies_elsewhere(store: Neo4jStore) -> None:
    """A number that is another account's payment now."""
    ((other,),) = neo4j_kit.query("MATCH ()-[t:TRANSFER {id: 'X4'}]->() RETURN id(t)")
    neo4j_kit.query("MATCH (a:Account {id: 'B'}) SET a.statement_last = $n", n=other)
    assert standing(store, "B") == []
    neo4j_kit.query("MATCH (a:Account {id: 'C'}) SET a.statement_last = $n", n=other)
    assert standing(store, "C") == ["C"]


def test_busy_accounts_are_not_packed(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert live.MAX_DEGREE == MAX_DEGREE
    neo4j_kit.query("MATCH (a:Account) REMOVE a.statement_rows")
    monkeypatch.setattr(packed, "MAX_DEGREE", 3)
    assert store.pack() == Packed(2, 3 + 2), "A has four"
    assert standing(store, "A", "B", "C") == ["B", "C"]


def test_batches_and_a_kill_between_them(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was packed before a kill stays; the next time goes on with the rest."""
    monkeypatch.setattr(packed, "LOOKED", 2)
    more = [pay(f"Y{i}", 60 + i % 5, f"N{i}", f"N{i + 1}", 3, 65) for i in range(120)]
    store.write(facts("transfers", more))
    settings = store._session.settings
    monkeypatch.setattr(store._session, "settings", settings.model_copy(update={"batch_rows": 50}))
    written: list[int] = []
    write = store._session.write

    def twice(name: str, *words: Any, **parameters: Any) -> Any:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(sum(row[2] for row in parameters["rows"]))
        return write(name, *words, **parameters)

    with monkeypatch.context() as patch:
        patch.setattr(store._session, "write", twice)
        with pytest.raises(KeyboardInterrupt):
            store.pack()
    names = [f"N{i}" for i in range(121)]
    assert all(48 < rows <= 50 for rows in written), "batches of at most 50 transfers"
    there = len(standing(store, *names))
    assert sum(written) <= 2 * there <= sum(written) + 2, "two transfers each, but one at both ends"
    left = store.pack()
    assert left == Packed(121 - there, 240 - sum(written))
    assert len(standing(store, *names)) == 121


def test_another_process_took_the_store(store: Neo4jStore) -> None:
    neo4j_kit.query("MATCH (a:Account) REMOVE a.statement_rows")
    neo4j_kit.query("MATCH (s:Store) SET s.token = 'other'")
    assert store.pack() == Packed()
    assert standing(store, "A", "B", "C") == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Transaction.TransactionLogError", "Could not append transaction: Transaction #197 … to log."),
        ("Transaction.TransactionStartFailed", "The database has encountered a critical error, and needs to be"),
    ],
)
def test_a_full_disk(store: Neo4jStore, code: str, message: str) -> None:
    """What a server says whose disk is full (seen on one with a small disk), and afterwards until it is restarted."""
    said = Neo4jError._hydrate_neo4j(code=f"Neo.DatabaseError.{code}", message=message)
    told_so = pytest.raises(StoreError, match=r"cannot write to its disk \(packing statements\).*Is the disk full")
    with told_so, store._session.mapped("packing statements"):
        raise said


def test_written_with_the_findings(store: Neo4jStore) -> None:
    store.write(facts("transfers", [pay("X6", 55, "C", "D", 1, 70)]))
    store.write_findings(RunRecord("run", 70, "h"), {"scores": FINDINGS["scores"].schema.empty_table()})
    assert standing(store, "A", "B", "C", "D") == ["A", "B", "C", "D"]


def test_they_are_told_to_nobody(store: Neo4jStore) -> None:
    """Exports and checksums are of facts; no query gives a whole account away."""
    assert store.tallies() == store.counted()
    columns = store.export(EVER)["accounts"].column_names
    assert not [name for name in columns if name.startswith("statement")]
    shown = neo4j_kit.query("MATCH (a:Account {id: 'A'}) RETURN [k IN keys(a) WHERE k STARTS WITH 'statement']")
    fields = {f"statement_{part}" for part in ("rows", "cash", "versions", "used", "known", "seq", "last", "number")}
    assert set(shown[0][0]) == fields | {"statement"}


def test_a_trace_does_not_believe_a_copy_that_names_other_payments(store: Neo4jStore) -> None:
    asked = live.Asked(Rule.LIFO, "up", account="C")
    found = live.trace(store, Settings(), asked).trace
    assert [found.book.flows.txn[flow] for flow in found.hops.flow.tolist()] == ["X5", "X1"]
    ((number, data),) = neo4j_kit.query("MATCH (a:Account {id: 'C'}) RETURN id(a), a.statement")
    columns = np.frombuffer(data[:64], "<i8").reshape(4, 2).copy()
    columns[0] = columns[0][::-1]  # what a copy of the database with its rows in new places may do
    change = "MATCH (a) WHERE id(a) = $number SET a.statement = $data"
    neo4j_kit.query(change, number=number, data=columns.tobytes() + data[64:])
    with pytest.raises(StoreError, match="other payments than its packed statements"):
        live.trace(store, Settings(), asked)
