"""`export neo4j-admin`: the files are imported for real, and the graph is the one that loading would have made."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j_kit
import pytest
from facts_kit import facts
from neo4j_server import Server, fetch
from sample_kit import KNOWN, table, write

from graphfraud import bootstrap
from graphfraud.cli.entry import run
from graphfraud.core.schemas import TABLES
from graphfraud.errors import StoreError
from graphfraud.services.workspace import Workspace, open_workspace
from graphfraud.stores.neo4j import Neo4jStore

EVER = (1 << 63) - 1
DAYS, ROWS = 30, 400  # of the sample
T = 1_767_000_000_000_000  # µs: some days before the sample begins
#: Texts that break a CSV reader which takes short cuts.
NASTY = [
    'comma, and "quotes"',
    '"',
    '""',
    "'",
    "line\nbreak",
    "return\r\nline\n",
    "back\\slash\\",
    'back\\"slash',
    "tab\there",
    "  blanks  ",
    "转账 é 🏦",
    "\ufeffmark",
    "\u2028 \u0085 \x0b",
    "null",
    "NA",
    ";|,",
    "=1+1",
    "#",
]
IDS = [f"N{n} {text}" for n, text in enumerate(NASTY)]
NOBODY = "nobody \n has heard, of"


def _accounts() -> list[dict[str, Any]]:
    """An account with three rows, two of them known at the same time; one with every column; empty text."""
    text = {c.name: NASTY[n % len(NASTY)] for n, c in enumerate(TABLES["accounts"].columns) if c.kind == "text"}
    numbers = {"pooled": True, "merchant": False, "open_time": T, "opening_balance": -(10**15), "cancel_time": 0}
    rows: list[dict[str, Any]] = [{"account_id": one, "holder_name": one, "known_at": T} for one in IDS]
    rows.append(text | numbers | {"account_id": IDS[0], "known_at": T + 1, "row_id": "first of two"})
    rows.append({"account_id": IDS[0], "status": "closed", "known_at": T + 1, "row_id": "second of two"})
    rows.append({"account_id": IDS[1], "status": "", "holder_name": "", "known_at": T + 2})
    rows.append({"account_id": IDS[2], "status": "old", "known_at": T - 5})
    return rows


def _transfers() -> list[dict[str, Any]]:
    pay = {"time": T, "amount": 2**53 + 1, "success": True, "payer_balance_after": -7, "ip": "::1"}
    return [
        pay | {"txn_id": f"X{one}", "payer": one, "payee": IDS[n - 1], "remark": one, "time": T + n}
        for n, one in enumerate(IDS)
    ] + [pay | {"txn_id": "self", "payer": NOBODY, "payee": NOBODY, "reversal_of": "", "known_at": T + 50}]


def _uses() -> list[dict[str, Any]]:
    kinds = ("device", "phone", "ip", "mac", "address", "agent")
    return [
        {"account_id": one, "kind": kind, "value": NASTY[n], "first_seen": T, "last_seen": T + 9, "count": n}
        for n, one in enumerate(IDS)
        for kind in (kinds[n % 6], "device")
    ]


def _referral(number: int, account: str, case: str) -> dict[str, Any]:
    return {"referral_id": f"R{number}", "case_no": case, "account_id": account, "referred_at": T + 3}


#: What is written beside the head of the sample, in this order: (table, rows).
LOADS: list[tuple[str, list[dict[str, Any]]]] = [
    ("accounts", _accounts()),
    ("transfers", _transfers()),
    ("withdrawals", [{"referral_id": "R1", "withdrawn_at": T + 4, "reason": NASTY[0]}]),
    ("referrals", [_referral(1, IDS[4], NASTY[4]), _referral(2, "only referred", "C2") | {"victim_account": "V"}]),
    ("withdrawals", [{"referral_id": "R of nobody", "withdrawn_at": T + 4}]),
    ("cash", [{"txn_id": one, "time": T, "account": one, "amount": -n, "place": one} for n, one in enumerate(IDS)]),
    ("identifiers", _uses()),
    (
        "sanctions",
        [
            {"subject_kind": "account", "subject": IDS[5], "start": T, "basis": NASTY[5], "end": T + 5},
            {"subject_kind": "account", "subject": "only sanctioned", "start": T},
            {"subject_kind": "person", "subject": "a person, no account", "start": T},
        ],
    ),
    ("dispositions", [{"account_id": IDS[6], "time": T, "result": NASTY[6], "actor": "a"}]),
    # known earlier than was thought: moves to this load, off the one it came with
    ("transfers", [_transfers()[-1] | {"known_at": T + 20}, {**_transfers()[0], "txn_id": "late", "mac": "m"}]),
]


@dataclass(frozen=True)
class Imported:
    """The workspace that was exported, its files, and the server they were imported into."""

    embedded: Workspace
    loaded: Counter[str]  # the graph that loading made on another server
    files: Path
    uri: str
    before: str  # what the store said before its schema was made
    output: str


def graph() -> Counter[str]:
    """Every node and relationship of the database in the environment, by what it holds."""
    text = "MATCH (n) WHERE NOT n:GraphfraudTests RETURN elementId(n), labels(n), properties(n)"
    nodes = {key: _node(labels, values) for key, labels, values in neo4j_kit.query(text)}
    links = neo4j_kit.query("MATCH (a)-[r]->(b) RETURN elementId(a), type(r), properties(r), elementId(b)")
    shown = [json.dumps([nodes[a], type_, values, nodes[b]], sort_keys=True) for a, type_, values, b in links]
    return Counter(nodes.values()) + Counter(shown)


def _node(labels: list[str], values: dict[str, Any]) -> str:
    """A node as text, without what says who wrote when."""
    passing = {"Store": ("token", "pid", "command", "host", "asked"), "Migration": ("applied_at",)}
    left_out = passing.get(labels[0], ())
    return json.dumps([sorted(labels), {k: v for k, v in values.items() if k not in left_out}], sort_keys=True)


def fill(workspace: Workspace, feed: Path) -> None:
    """The head of the sample by ingest, then the loads above."""
    bootstrap.ingest(workspace, [feed])
    with bootstrap.open_store(workspace) as store:
        for name, rows in LOADS:
            store.write(facts(name, rows))


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The head of every file of the sample."""
    return write(tmp_path_factory.mktemp("bulk-feed"), {name: table(name, DAYS).slice(0, ROWS) for name in KNOWN})


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, feed: Path) -> Workspace:
    """A workspace on the embedded store with everything in it."""
    workspace = bootstrap.initialise(tmp_path_factory.mktemp("bulk") / "embedded").workspace
    fill(workspace, feed)
    return workspace


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory, neo4j: None, embedded: Workspace, feed: Path
) -> Iterator[Imported]:
    """The files of `embedded`, imported into a server of their own, which is the one in the environment."""
    folder = tmp_path_factory.mktemp("bulk-import")
    neo4j_kit.claim(folder)
    fill(bootstrap.initialise(folder / "loaded", "neo4j").workspace, feed)
    loaded = graph()
    files = folder / "files"
    order = ["--out", str(files), "--workspace", str(embedded.folder), "--unmask", "test of the import"]
    assert run(["export", "neo4j-admin", *order, "--json"]) == 0
    server = Server(folder / "server", fetch())
    output = server.fill(files)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        try:
            server.start()
            with pytest.raises(StoreError) as said:
                Neo4jStore(neo4j_kit.settings(), 3)
            bootstrap.initialise(folder / "work", "neo4j")  # `graphfraud init`
            yield Imported(embedded, loaded, files, server.uri, str(said.value), output)
        finally:
            server.stop()
            neo4j_kit._driver.cache_clear()


@pytest.fixture
def store(imported: Imported) -> Iterator[Neo4jStore]:
    """The imported graph."""
    with Neo4jStore(neo4j_kit.settings(), 3) as opened:
        yield opened


def test_the_graph_is_the_one_that_loading_makes(imported: Imported) -> None:
    found = graph()
    assert found - imported.loaded == Counter()
    assert imported.loaded - found == Counter()
    assert len(found) > 2_000


def test_the_schema_is_asked_for_and_made(imported: Imported) -> None:
    assert "lacks account_id, " in imported.before
    assert "`graphfraud init DIR --store neo4j`" in imported.before
    there = {name for (name,) in neo4j_kit.query("SHOW CONSTRAINTS YIELD name")}
    assert {"account_id", "transfer_id", "fact_id", "uses_device_id"} <= there
    applied = neo4j_kit.query("MATCH (m:Migration) RETURN m.version, m.applied_at IS NOT NULL ORDER BY m.version")
    assert applied == [(n, True) for n in (1, 2, 3, 4)]


def test_every_row_and_count_is_that_of_the_store_it_came_from(imported: Imported, store: Neo4jStore) -> None:
    with bootstrap.open_store(imported.embedded) as source:
        wanted, found = source.export(EVER), store.export(EVER)
        for name in TABLES:
            rows = wanted[name].sort_by("row_id")
            assert rows.num_rows, name
            assert found[name].sort_by("row_id").equals(rows), name
        assert found.max_ingest_seq == wanted.max_ingest_seq
        for as_of in (0, T - 10, T + 3, T + 25, EVER):
            assert store.export(as_of).missing == source.export(as_of).missing
        ours, theirs = store.stats(), source.stats()
        assert (ours.rows, ours.max_ingest_seq) == (theirs.rows, theirs.max_ingest_seq)
        assert (ours.max_known_at, ours.live_run) == (theirs.max_known_at, None)
    assert store.tallies() == store.counted()
    moved = store.tallies()["transfers"]
    assert [rows for rows, _ in moved.values()][1:] == [len(IDS), 2]


def test_texts_come_through(imported: Imported) -> None:
    named = neo4j_kit.query("MATCH (a:Account) WHERE a.id STARTS WITH 'N' RETURN a.id")
    assert sorted(named) == sorted((one,) for one in IDS)
    first = neo4j_kit.query("MATCH (a:Account {id: $id}) RETURN a.status, a.holder_id", id=IDS[0])
    assert first == [("closed", None)]
    empty = neo4j_kit.query("MATCH (v:AccountVersion {account_id: $id, status: ''}) RETURN v.holder_name", id=IDS[1])
    assert empty == [("",)]
    links = neo4j_kit.query("MATCH (w:Withdrawal)-[:WITHDRAWS]->(r)-[:IN_CASE]->(c) RETURN r.referral_id, c.no")
    assert links == [("R1", NASTY[4])]
    against = neo4j_kit.query("MATCH (:Sanction)-[:AGAINST]->(a) RETURN a.id ORDER BY a.id")
    assert against == [(IDS[5],), ("only sanctioned",)]


def test_the_import_says_what_the_export_said(imported: Imported) -> None:
    page = (imported.files / "README.md").read_text(encoding="utf-8")
    told = re.search(r"Imported:\s+(\d+) nodes\s+(\d+) relationships", imported.output)
    assert told is not None
    assert f"{int(told[1]):,} nodes and {int(told[2]):,} relationships" in page


def test_a_graph_exports_the_files_it_came_from(imported: Imported, tmp_path: Path) -> None:
    work = imported.files.parent / "work"
    order = ["--out", str(tmp_path / "files"), "--workspace", str(work), "--unmask", "moving on"]
    assert run(["export", "neo4j-admin", *order, "--json"]) == 0
    found = {path.name: _lines(path) for path in (tmp_path / "files").glob("*.csv")}
    there = {path.name: _lines(path) for path in imported.files.glob("*.csv")}
    assert found.keys() == there.keys()
    for name, lines in there.items():
        assert found[name] == lines, name


def _lines(path: Path) -> Counter[str]:
    """Lines of a file; the order of rows is not promised."""
    return Counter(path.read_bytes().decode().split("\n"))


def test_going_on_loads_only_what_is_new(imported: Imported, feed: Path, tmp_path: Path) -> None:
    before = graph()
    work = open_workspace(imported.files.parent / "work")
    again = bootstrap.ingest(work, [feed])
    assert [(f.received, f.unchanged) for f in again.files] == [(f.received, f.received) for f in again.files]
    assert graph() == before
    with bootstrap.open_store(work) as store:
        last = store.stats().max_ingest_seq
        report = store.write(facts("transfers", [_transfers()[0], _transfers()[0] | {"txn_id": "new"}]))
        assert (report.inserted, report.unchanged, report.max_ingest_seq) == (1, 1, last + 1)
        assert store.export(EVER, since_seq=last)["transfers"]["row_id"].to_pylist() == ["new"]
