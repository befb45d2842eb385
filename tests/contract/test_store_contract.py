"""What every GraphStore must do, checked row by row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from facts_kit import facts, table
from store_kit import RETENTION, STORES, StoreKind

from graphfraud.core.facts import Facts
from graphfraud.core.findings import FINDINGS
from graphfraud.core.schemas import PROVENANCE, TABLES
from graphfraud.errors import StoreError
from graphfraud.stores.base import GraphStore, HopLimits, RunRecord, Window

ALWAYS = Window(0, 10**18)


@pytest.fixture(params=STORES, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> StoreKind:
    found: StoreKind = request.param
    return found


@pytest.fixture
def store(kind: StoreKind, tmp_path: Path) -> Iterator[GraphStore]:
    with kind.open(tmp_path) as opened:
        yield opened


def pay(txn: str, time: int, payer: str, payee: str, amount: int = 100, **more: Any) -> dict[str, Any]:
    return {"txn_id": txn, "time": time, "payer": payer, "payee": payee, "amount": amount} | more


def use(account: str, kind: str, value: str, first: int, **more: Any) -> dict[str, Any]:
    return {"account_id": account, "kind": kind, "value": value, "first_seen": first} | more


def rows_of(found: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[n] for n in names) for row in found.to_pylist()]


def ids(store: GraphStore, name: str, as_of: int, since: int | None = None) -> list[str]:
    return sorted(store.export(as_of, since)[name]["row_id"].to_pylist())


ONE_OF_EACH: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"account_id": "A", "holder_type": "person", "pooled": False, "open_time": 5, "opening_balance": 7}],
    "transfers": [pay("X1", 10, "A", "B", remark="转账", success=True, payer_balance_after=3)],
    "cash": [{"txn_id": "K1", "time": 11, "account": "A", "amount": -5, "terminal": "T1"}],
    "identifiers": [use("A", "device", "d1", 12, last_seen=13, count=2, is_use=False)],
    "referrals": [{"referral_id": "R1", "case_no": "C1", "account_id": "Z", "referred_at": 14, "victim_amount": 9}],
    "withdrawals": [{"referral_id": "R1", "withdrawn_at": 15, "reason": "mistake"}],
    "sanctions": [{"subject_kind": "account", "subject": "A", "start": 16, "end": 99, "basis": "list"}],
    "dispositions": [{"account_id": "A", "time": 17, "result": "released", "actor": "someone"}],
}


def test_every_table_comes_back_as_it_was_written(store: GraphStore) -> None:
    for seq, (name, rows) in enumerate(ONE_OF_EACH.items(), start=1):
        report = store.write(facts(name, rows))
        assert (report.table, report.received, report.inserted, report.unchanged) == (name, 1, 1, 0)
        assert (report.conflicts.num_rows, report.max_ingest_seq) == (0, seq)
    exported = store.export(17)
    assert set(exported) == set(TABLES)
    assert exported.max_ingest_seq == len(ONE_OF_EACH)
    for seq, (name, rows) in enumerate(ONE_OF_EACH.items(), start=1):
        assert exported[name].schema.names == [*TABLES[name].schema.names, "ingest_seq"]
        expected = table(name, rows).to_pylist()[0] | {"ingest_seq": seq}
        assert exported[name].to_pylist() == [expected]
    stats = store.stats()
    assert stats.rows == dict.fromkeys(TABLES, 1)
    assert stats.max_known_at == dict(zip(ONE_OF_EACH, [5, 10, 11, 12, 14, 15, 16, 17], strict=True))
    assert (stats.max_ingest_seq, stats.live_run) == (8, None)


def test_writing_twice_changes_nothing(store: GraphStore) -> None:
    rows = [pay("X1", 10, "A", "B"), pay("X2", 11, "B", "C")]
    first = store.write(facts("transfers", rows))
    again = store.write(facts("transfers", rows[::-1]))
    assert (first.inserted, first.unchanged) == (2, 0)
    assert (again.inserted, again.unchanged, again.max_ingest_seq) == (0, 2, first.max_ingest_seq)
    assert ids(store, "transfers", 99) == ["X1", "X2"]


def test_overlapping_batches_add_what_is_new(store: GraphStore) -> None:
    store.write(facts("transfers", [pay("X1", 10, "A", "B"), pay("X2", 11, "B", "C")]))
    report = store.write(facts("transfers", [pay("X2", 11, "B", "C"), pay("X3", 12, "C", "D")]))
    assert (report.received, report.inserted, report.unchanged, report.max_ingest_seq) == (2, 1, 1, 2)
    assert ids(store, "transfers", 99, since=1) == ["X3"]


def test_conflict_with_the_store_keeps_the_first(store: GraphStore) -> None:
    store.write(facts("transfers", [pay("X1", 10, "A", "B", 100)]))
    report = store.write(facts("transfers", [pay("X1", 10, "A", "B", 999, source_row=7), pay("X2", 11, "A", "B")]))
    assert (report.inserted, report.unchanged) == (1, 0)
    assert rows_of(report.conflicts, "row_id", "amount", "source_row") == [("X1", 999, 7)]
    assert report.conflicts.schema == TABLES["transfers"].schema
    kept = {r["row_id"]: r["amount"] for r in store.export(99)["transfers"].to_pylist()}
    assert kept == {"X1": 100, "X2": 100}


def test_conflicts_within_a_batch_keep_the_first_source_row(store: GraphStore) -> None:
    rows = [
        pay("X1", 10, "A", "B", 300, source_row=3),
        pay("X1", 10, "A", "B", 100, source_row=1),
        pay("X1", 10, "A", "B", 100, source_row=2),
        pay("X2", 10, "A", "B", 5, source_row=4),
    ]
    report = store.write(facts("transfers", rows))
    assert (report.received, report.inserted, report.unchanged) == (4, 2, 1)
    assert rows_of(report.conflicts, "amount", "source_row") == [(300, 3)]
    kept = {r["row_id"]: r["amount"] for r in store.export(99)["transfers"].to_pylist()}
    assert kept == {"X1": 100, "X2": 5}


def test_as_of_is_known_at_not_event_time(store: GraphStore) -> None:
    store.write(facts("transfers", [pay("late", 10, "A", "B", known_at=50), pay("prompt", 20, "A", "B")]))
    assert ids(store, "transfers", 19) == []
    assert ids(store, "transfers", 20) == ["prompt"]
    assert ids(store, "transfers", 49) == ["prompt"]
    assert ids(store, "transfers", 50) == ["late", "prompt"]


@pytest.mark.parametrize("order", [(20, 50), (50, 20)])
def test_copies_of_a_row_are_known_from_the_earliest(store: GraphStore, order: tuple[int, int]) -> None:
    for known in order:
        store.write(facts("transfers", [pay("X1", 10, "A", "B", known_at=known)]))
    assert store.export(99)["transfers"]["known_at"].to_pylist() == [20]
    assert ids(store, "transfers", 20) == ["X1"]
    assert ids(store, "transfers", 19) == []


def test_earlier_known_at_within_a_batch_and_since_seq(store: GraphStore) -> None:
    store.write(facts("transfers", [pay("X0", 1, "A", "B"), pay("X1", 10, "A", "B", known_at=50)]))
    copies = [pay("X1", 10, "A", "B", known_at=k) for k in (60, 30, 40)]
    report = store.write(facts("transfers", copies))
    assert (report.inserted, report.unchanged, report.max_ingest_seq) == (0, 3, 2)
    assert ids(store, "transfers", 99, since=1) == ["X1"], "a change of known_at is news to incremental readers"
    assert store.export(99, 1)["transfers"]["known_at"].to_pylist() == [30]


def test_missing_columns_are_those_no_known_source_had(store: GraphStore) -> None:
    def absent(as_of: int) -> set[str]:
        return {c for c in ("ip", "mac", "remark") if c in store.export(as_of).missing["transfers"]}

    assert absent(99) == {"ip", "mac", "remark"}
    store.write(facts("transfers", [pay("X1", 10, "A", "B", remark="a")]))
    store.write(facts("transfers", [pay("X2", 20, "A", "B", ip=None), pay("X3", 30, "A", "B", ip="1.2.3.4")]))
    assert absent(9) == {"ip", "mac", "remark"}
    assert absent(10) == {"ip", "mac"}
    assert absent(20) == {"mac"}
    store.write(facts("transfers", [pay("X0", 5, "A", "B", mac=None)]))
    assert absent(5) == {"ip", "remark"}
    assert absent(99) == set()


def test_a_failing_source_leaves_nothing(store: GraphStore) -> None:
    good = facts("transfers", [pay("X1", 10, "A", "B")])

    def batches() -> Iterator[pa.RecordBatch]:
        yield from good.batches
        raise StoreError("the file ends here")

    with pytest.raises(StoreError, match="the file ends here"):
        store.write(Facts(good.spec, batches()))
    assert store.stats().rows["transfers"] == 0
    assert store.write(good).inserted == 1


def test_an_empty_batch_is_no_news(store: GraphStore) -> None:
    report = store.write(facts("transfers", []))
    assert (report.received, report.inserted, report.max_ingest_seq) == (0, 0, 0)
    assert "ip" in store.export(99).missing["transfers"]


def test_pieces_by_time_are_the_table_cut_at_times(store: GraphStore) -> None:
    times = [7, 3, 3, 9, 1, 3, 8, 2]
    store.write(facts("transfers", [pay(f"X{i}", t, "A", "B", known_at=10) for i, t in enumerate(times)]))
    exported = store.export(10)
    pieces = [p.to_pylist() for p in exported.by_time("transfers", ["time", "txn_id"], 3)]
    ranges = [(min(r["time"] for r in p), max(r["time"] for r in p)) for p in pieces]
    assert len(pieces) >= 2
    assert all(last < first for (_, last), (first, _) in pairwise(ranges)), "no time is in two pieces"
    assert max(len(p) for p in pieces) <= 2 * 3, "pieces are about as long as asked for"
    assert sorted(r["txn_id"] for p in pieces for r in p) == [f"X{i}" for i in range(8)]
    assert set(pieces[0][0]) == {"time", "txn_id"}
    assert list(store.export(9).by_time("transfers", None, 3)) == []


def test_pieces_take_rows_without_a_time(store: GraphStore) -> None:
    rows = [{"account_id": a, "open_time": t, "known_at": 1} for a, t in (("A", 5), ("B", None), ("C", 1), ("D", 9))]
    store.write(facts("accounts", rows))
    pieces = list(store.export(9).by_time("accounts", ["account_id"], 1))
    assert sorted(a for p in pieces for a in p["account_id"].to_pylist()) == ["A", "B", "C", "D"]
    assert pieces[0]["account_id"].to_pylist() == ["B"] or set(pieces[0]["account_id"].to_pylist()) == {"B", "C"}


HOP = [
    pay("X1", 10, "A", "B", 50),
    pay("X2", 10, "B", "C", 70),
    pay("X0", 10, "C", "A", 60),
    pay("X3", 20, "A", "C", 5),
    pay("X4", 30, "A", "A", 90),
    pay("X5", 25, "D", "E", 90, known_at=80),
]


@pytest.mark.parametrize(
    ("accounts", "direction", "window", "limits", "expected"),
    [
        (["A"], "out", ALWAYS, HopLimits(), ["X1", "X3", "X4"]),
        (["A"], "in", ALWAYS, HopLimits(), ["X0", "X4"]),
        (["A"], "both", ALWAYS, HopLimits(), ["X0", "X1", "X3", "X4"]),
        (["A"], "both", Window(10, 30), HopLimits(), ["X0", "X1", "X3"]),
        (["A"], "both", Window(11, 31), HopLimits(), ["X3", "X4"]),
        (["A", "B"], "out", ALWAYS, HopLimits(min_amount=50), ["X1", "X2", "X4"]),
        (["D"], "out", ALWAYS, HopLimits(), ["X5"]),
        (["D"], "out", ALWAYS, HopLimits(as_of=79), []),
        (["nobody"], "both", ALWAYS, HopLimits(), []),
        ([], "both", ALWAYS, HopLimits(), []),
    ],
)
def test_expand(store: GraphStore, accounts: Any, direction: Any, window: Any, limits: Any, expected: Any) -> None:
    store.write(facts("transfers", HOP))
    hop = store.expand(accounts, direction, window, limits)
    assert hop.rows["txn_id"].to_pylist() == expected
    assert hop.hubs == {}
    assert hop.rows.schema == TABLES["transfers"].schema


def test_expand_reports_hubs_and_does_not_cross_them(store: GraphStore) -> None:
    store.write(facts("transfers", HOP))
    hop = store.expand(["A", "B"], "both", ALWAYS, HopLimits(max_degree=2))
    assert hop.hubs == {"A": 4}
    assert hop.rows["txn_id"].to_pylist() == ["X1", "X2"], "X1 is found from B's side"
    at_the_limit = store.expand(["A"], "both", ALWAYS, HopLimits(max_degree=4))
    assert (at_the_limit.hubs, at_the_limit.rows.num_rows) == ({}, 4)


USES = [
    use("A", "device", "d1", 1),
    use("B", "device", "d1", 2),
    use("A", "phone", "d1", 1),
    use("C", "phone", "d1", 3, known_at=50),
    use("A", "ip", "i1", 1),
    use("B", "ip", "i1", 1),
    use("C", "ip", "i1", 1),
    use("D", "mac", "m1", 1),
]


def test_shared_gives_the_others(store: GraphStore) -> None:
    store.write(facts("identifiers", USES))
    hop = store.shared(["A"], HopLimits())
    assert rows_of(hop.rows, "kind", "value", "account_id") == [
        ("device", "d1", "B"),
        ("ip", "i1", "B"),
        ("ip", "i1", "C"),
        ("phone", "d1", "C"),
    ]
    assert hop.rows.schema == TABLES["identifiers"].schema
    assert store.shared(["D"], HopLimits()).rows.num_rows == 0
    assert rows_of(store.shared(["A"], HopLimits(as_of=49)).rows, "kind", "account_id") == [
        ("device", "B"),
        ("ip", "B"),
        ("ip", "C"),
    ]


def test_shared_between_accounts_asked_for(store: GraphStore) -> None:
    store.write(facts("identifiers", USES))
    hop = store.shared(["A", "B"], HopLimits(max_degree=2))
    assert rows_of(hop.rows, "kind", "account_id") == [("device", "A"), ("device", "B"), ("phone", "C")]
    assert hop.hubs == {"ip:i1": 3}


def scores(value: int) -> dict[str, pa.Table]:
    columns: dict[str, Any] = {name: [None] for name in FINDINGS["scores"].schema.names}
    row = {"account_id": ["A"], "score_e6": [value], "referred": [True]}
    return {"scores": FINDINGS["scores"].table(columns | row)}


def test_findings_switch_and_prune(kind: StoreKind, tmp_path: Path) -> None:
    with kind.open(tmp_path) as store:
        for n in range(RETENTION + 2):
            store.write_findings(RunRecord(f"run{n}", 100 - n, f"hash{n}"), scores(n))
            assert store.stats().live_run == f"run{n}"
        with pytest.raises(StoreError, match="nonsense"):
            store.write_findings(RunRecord("bad", 1, "h"), {"nonsense": scores(1)["scores"]})
        assert store.stats().live_run == f"run{RETENTION + 1}"
    kept, live = kind.findings(tmp_path)
    assert kept == {f"run{n}": [("A", n)] for n in range(2, RETENTION + 2)}
    assert live == [("A", RETENTION + 1)]


def test_findings_of_a_run_can_be_written_again(kind: StoreKind, tmp_path: Path) -> None:
    with kind.open(tmp_path) as store:
        for run, value in (("run1", 1), ("run2", 2), ("run1", 3)):
            store.write_findings(RunRecord(run, 5, "h"), scores(value))
        assert store.stats().live_run == "run1"
    kept, live = kind.findings(tmp_path)
    assert kept == {"run1": [("A", 3)], "run2": [("A", 2)]}
    assert live == [("A", 3)]


def test_what_was_written_is_there_after_reopening(kind: StoreKind, tmp_path: Path) -> None:
    with kind.open(tmp_path) as store:
        store.write(facts("transfers", HOP))
        store.write_findings(RunRecord("run1", 5, "h"), scores(1))
        before = store.export(99)["transfers"].sort_by("row_id")
        missing = store.export(99).missing
    with kind.open(tmp_path) as store:
        assert store.export(99)["transfers"].sort_by("row_id").equals(before)
        assert store.export(99).missing == missing
        assert store.stats().live_run == "run1"
        assert store.write(facts("transfers", HOP)).unchanged == len(HOP)


def test_a_closed_store_says_so(kind: StoreKind, tmp_path: Path) -> None:
    store = kind.open(tmp_path)
    exported = store.export(99)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        exported["transfers"]


def test_every_provenance_column_survives(store: GraphStore) -> None:
    row = pay("X1", 10, "A", "B", perspective="payer", date_only=True, source_file="a.csv", source_row=3)
    store.write(facts("transfers", [row]))
    found = store.export(99)["transfers"].to_pylist()[0]
    assert {f.name for f in PROVENANCE} <= set(found)
    assert [found[c] for c in ("perspective", "date_only", "source_file", "source_row")] == ["payer", True, "a.csv", 3]
