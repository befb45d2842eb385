"""What happens when a Neo4j server is away, full, read-only, restarted or killed. On a server of this file's own."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from facts_kit import facts
from neo4j import Driver, GraphDatabase
from neo4j_server import PASSWORD, Server, fetch
from pydantic import SecretStr

from graphfraud.core.facts import Facts
from graphfraud.core.query import Budget
from graphfraud.errors import FormatVersionError, StoreBusy, StoreError
from graphfraud.services.query import query
from graphfraud.settings import Neo4jSettings
from graphfraud.stores.base import HopLimits, RunRecord, Window
from graphfraud.stores.neo4j import Neo4jStore
from graphfraud.stores.neo4j.query import run as query_runner
from graphfraud.stores.neo4j.session import Session

ROWS, BATCH = 12_000, 500
EVER = 10**18
_WRITER = """
import sys
from test_neo4j_server import many, settings_of
from graphfraud.stores.neo4j import Neo4jStore
with Neo4jStore(settings_of(sys.argv[1]), 2) as store:
    store.write(many())
"""


def settings_of(uri: str, **more: Any) -> Neo4jSettings:
    own = {"uri": uri, "password": SecretStr(os.environ["N4J_TEST_PASSWORD"]), "retry_s": 2, "batch_rows": BATCH}
    return Neo4jSettings(**own | more)


def many() -> Facts:
    """ROWS transfers among a hundred accounts, the same every time."""
    n = range(ROWS)
    ids = [f"X{i}" for i in n]
    own: dict[str, Any] = {
        "txn_id": ids,
        "row_id": ids,
        "content_hash": ids,
        "time": list(n),
        "known_at": list(n),
        "payer": [f"A{i % 100}" for i in n],
        "payee": [f"A{i * 7 % 101}" for i in n],
        "amount": [i + 1 for i in n],
    }
    spec = facts("transfers", []).spec
    columns = {f.name: pa.array(own.get(f.name, [None] * ROWS), f.type) for f in spec.schema}
    return Facts.of("transfers", pa.table(columns, schema=spec.schema))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this file's own, with little memory for a transaction."""
    config = {"db.memory.transaction.max": "16m"}
    made = Server(tmp_path_factory.mktemp("own") / "neo4j", fetch(), config=config).start()
    os.environ["N4J_TEST_PASSWORD"] = made.password
    yield made
    driver.cache_clear()
    made.stop()
    del os.environ["N4J_TEST_PASSWORD"]


@pytest.fixture
def settings(server: Server) -> Neo4jSettings:
    """Settings of an empty graph."""
    run(server, "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 1000 ROWS")
    run(server, "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS")
    return settings_of(server.uri)


@cache
def driver(uri: str, user: str, password: str) -> Driver:
    return GraphDatabase.driver(uri, auth=(user, password), liveness_check_timeout=0)


def run(server: Server, text: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with driver(server.uri, server.user, server.password).session() as session:
        return [tuple(r.values()) for r in session.run(text, parameters)]


SEEN = "MATCH (s:Store) RETURN s.seq"
VISIBLE = "MATCH ()-[t:TRANSFER]->() WHERE t.ingest_seq <= $seen RETURN count(t)"
STORED = "MATCH ()-[t:TRANSFER]->() RETURN count(t)"


def visible(server: Server) -> int:
    """Transfers that count: as docs/graph.md tells readers to ask."""
    ((seen,),) = run(server, SEEN)
    ((count,),) = run(server, VISIBLE, seen=seen)
    return int(count)


def reaches(server: Server, count: int, running: Callable[[], bool]) -> None:
    """Wait until that many transfers lie in the database, seen or not."""
    while running() and run(server, STORED)[0][0] < count:
        time.sleep(0.01)


def all_there(settings: Neo4jSettings) -> None:
    """The load once more: nothing is lost, nothing is there twice, no unfinished load is left."""
    with Neo4jStore(settings, 2) as store:
        report = store.write(many())
        assert report.inserted in (0, ROWS)
        assert report.inserted + report.unchanged == ROWS
        found = store.export(EVER)["transfers"]
        assert sorted(found["row_id"].to_pylist()) == sorted(f"X{i}" for i in range(ROWS))
        assert pa.compute.sum(found["amount"]).as_py() == ROWS * (ROWS + 1) // 2
        assert store.stats().rows["transfers"] == ROWS
        assert store.tallies() == store.counted()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_client_is_killed_during_a_load(server: Server, settings: Neo4jSettings, seed: int) -> None:
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1]), *sys.path])
    Neo4jStore(settings, 2).close()
    process = subprocess.Popen([sys.executable, "-c", _WRITER, settings.uri], env=os.environ | {"PYTHONPATH": path})
    reaches(server, random.Random(seed).randrange(BATCH, ROWS - BATCH), lambda: process.poll() is None)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < run(server, STORED)[0][0] < ROWS, "killed in the middle"
    assert visible(server) == 0, "nothing of half a load is seen"
    with Neo4jStore(settings, 2) as store:
        assert store.export(EVER)["transfers"].num_rows == 0
        assert store.expand(["A1"], "both", Window(0, EVER), HopLimits()).rows.num_rows == 0
    all_there(settings)
    assert run(server, "MATCH (l:Load) WHERE l.state <> 'done' RETURN l.seq") == []


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_the_server_is_killed_during_a_load(server: Server, settings: Neo4jSettings, seed: int) -> None:
    told: list[StoreError] = []

    def load() -> None:
        try:
            with Neo4jStore(settings, 2) as store:
                store.write(many())
        except StoreError as exc:
            told.append(exc)

    writer = threading.Thread(target=load)
    writer.start()
    reaches(server, random.Random(seed).randrange(BATCH, ROWS - BATCH), writer.is_alive)
    server.kill()
    writer.join()
    server.start()
    assert [type(exc) for exc in told] == [StoreBusy]
    assert visible(server) == 0, "nothing of half a load is seen"
    all_there(settings)


def test_a_load_given_up_is_removed_by_the_next(server: Server, settings: Neo4jSettings) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from many().batches
        raise StoreError("the file ends here")

    with Neo4jStore(settings, 2) as store:
        with pytest.raises(StoreError, match="the file ends here"):
            store.write(Facts(many().spec, broken()))
        left = run(server, STORED)[0][0]
        assert store.stats().max_ingest_seq == 0
        store.write(facts("transfers", [{"txn_id": "Y", "time": 1, "payer": "A", "payee": "B", "amount": 5}]))
        assert left == 0 or run(server, STORED) == [(1,)]
        assert store.export(EVER)["transfers"]["row_id"].to_pylist() == ["Y"]


def test_readers_see_all_of_a_load_or_nothing(server: Server, settings: Neo4jSettings) -> None:
    seen: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            seen.append(visible(server))

    with Neo4jStore(settings, 2) as store:
        reader = threading.Thread(target=look)
        reader.start()
        store.write(many())
        done.set()
        reader.join()
    assert set(seen) <= {0, ROWS}
    assert len(seen) > 3
    assert visible(server) == ROWS


def test_wrong_password(server: Server, settings: Neo4jSettings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = settings.model_copy(update={"password": SecretStr("not-the-Password")})
    with pytest.raises(StoreError, match=r"does not let user neo4j in.*GRAPHFRAUD_NEO4J_PASSWORD") as told:
        Session(wrong)
    Neo4jStore(settings, 2).close()
    for text in (str(told.value), repr(told.value.__cause__), caplog.text, repr(wrong)):
        assert "not-the-Password" not in text
        assert server.password not in text


def test_the_password_is_on_no_command_line(server: Server) -> None:
    lines = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline") if p.exists()]
    assert any(b"org.neo4j" in line for line in lines)
    assert not [line for line in lines if server.password.encode() in line]
    assert server.password not in repr(server)
    assert PASSWORD.encode() not in b"".join(lines)


@pytest.mark.parametrize("more", [{"below_version": "5.26"}, {"min_version": "5.27"}])
def test_a_server_of_an_unsupported_version(settings: Neo4jSettings, more: dict[str, str]) -> None:
    with pytest.raises(FormatVersionError, match=r"Neo4j/5\.26\.30; graphfraud uses Neo4j from .*neo4j\.min_version"):
        Session(settings.model_copy(update=more))


@pytest.mark.parametrize("drop", ["DROP INDEX transfer_seq", "DROP CONSTRAINT transfer_id"])
def test_a_missing_index(server: Server, settings: Neo4jSettings, drop: str) -> None:
    Neo4jStore(settings, 2).close()
    run(server, drop)
    with pytest.raises(StoreError, match=rf"lacks {drop.rpartition(' ')[2]} .*graphfraud init DIR --store neo4j"):
        Neo4jStore(settings, 2)
    Neo4jStore(settings, 2, repair=True).close()
    Neo4jStore(settings, 2).close()


def test_migrations_are_recorded_and_newer_ones_refused(server: Server, settings: Neo4jSettings) -> None:
    Neo4jStore(settings, 2).close()
    before = run(server, "MATCH (m:Migration) RETURN m.version, m.checksum, m.applied_at ORDER BY m.version")
    Neo4jStore(settings, 2).close()
    assert run(server, "MATCH (m:Migration) RETURN m.version, m.checksum, m.applied_at ORDER BY m.version") == before
    run(server, "MATCH (m:Migration {version: 1}) SET m.checksum = 'other'")
    with pytest.raises(FormatVersionError, match=r"migration 1 .* is not the one of this version"):
        Neo4jStore(settings, 2)
    run(server, "CREATE (:Migration {version: 99, name: 'later', checksum: 'x'})")
    with pytest.raises(FormatVersionError, match="format 99"):
        Neo4jStore(settings, 2)


def test_a_database_with_other_data_is_refused(server: Server, settings: Neo4jSettings) -> None:
    run(server, "CREATE (:Movie {title: 'x'})")
    with pytest.raises(FormatVersionError, match="holds something else"):
        Neo4jStore(settings, 2)


def test_a_transaction_over_its_time(settings: Neo4jSettings) -> None:
    slow = settings.model_copy(update={"query_timeout_s": 1, "batch_rows": ROWS})
    with Neo4jStore(slow, 2) as store, pytest.raises(StoreError, match=r"longer than 1 s \(neo4j\.query_timeout_s\)"):
        store._session.managed(lambda tx: list(tx.run("UNWIND range(1, 1000000000) AS x RETURN sum(x)")), "summing up")


def test_a_transaction_over_its_memory(settings: Neo4jSettings) -> None:
    large = settings.model_copy(update={"batch_rows": 10 * ROWS, "retry_s": 30})
    start = time.monotonic()
    with Neo4jStore(large, 2) as store:
        with pytest.raises(StoreError, match=r"more memory than the server .* Lower neo4j\.batch_rows"):
            store.write(many())
        assert time.monotonic() - start < 25, "it is not tried again in vain"
        assert store.stats().rows["transfers"] == 0
    all_there(settings)


def test_a_query_over_its_memory(settings: Neo4jSettings) -> None:
    with Neo4jStore(settings, 2) as store:
        store.write(many())
    given = {"account": "A0", "hops": "4", "keep_percent": "0"}
    session = Session(settings)
    try:
        with pytest.raises(StoreError, match=r"query money_down needs more memory than .* or ask for less"):
            query(partial(query_runner, session), "money_down", given, Budget(rows=100_000, seconds=120))
    finally:
        session.close()


def test_no_such_database_and_no_such_address(server: Server, settings: Neo4jSettings) -> None:
    with pytest.raises(StoreError, match="no database elsewhere"):
        Neo4jStore(settings.model_copy(update={"database": "elsewhere"}), 2)
    with pytest.raises(StoreError, match=r"neo4j\.uri = nonsense"):
        Session(settings.model_copy(update={"uri": "nonsense"}))


def test_the_live_run_is_the_whole_one(server: Server, settings: Neo4jSettings) -> None:
    """A reader that asks throughout sees rings of whole runs only; a run cut off is never shown, and is removed."""
    from graphfraud.core.findings import FINDINGS

    def rings(run: int) -> dict[str, pa.Table]:
        rows = [
            {"ring_id": f"R{i}", "kind": "ring", "account_id": f"A{i}-{m}", "role": f"run{run}", "referred": True}
            for i in range(150)
            for m in range(10)
        ]
        names = FINDINGS["rings"].schema.names
        return {"rings": FINDINGS["rings"].table({n: [row.get(n) for row in rows] for n in names})}

    seen: set[tuple[int, tuple[str, ...]]] = set()
    done = threading.Event()
    ask = "MATCH (:Live)-[:SHOWS]->()<-[:FOUND_IN]-()<-[m:MEMBER_OF]-() RETURN count(m), collect(DISTINCT m.role)"

    def look() -> None:
        while not done.wait(0.02):
            ((count, roles),) = run(server, ask)
            seen.add((count, tuple(roles)))

    with Neo4jStore(settings, 1) as store:
        reader = threading.Thread(target=look)
        reader.start()
        for number in range(3):
            store.write_findings(RunRecord(f"run{number}", number, "h"), rings(number))
        time.sleep(0.1)
        store._session.write("write/run_begin", number=9, id="cut off", as_of=9, findings_hash="h")
        store._session.write("write/rings", number=9, rows=[{"key": "9:R1", "ring_id": "R1"}])
        time.sleep(0.1)
        done.set()
        reader.join()
    assert seen <= {(0, ()), *((1500, (f"run{n}",)) for n in range(3))}
    assert (1500, ("run2",)) in seen
    with Neo4jStore(settings, 1) as store:
        store.write_findings(RunRecord("run4", 4, "h"), rings(4))
    assert run(server, "MATCH (r:Run) RETURN r.id") == [("run4",)]
    assert run(server, "MATCH (r:Ring) RETURN count(r)") == [(150,)]


def test_restarted_gone_and_read_only(server: Server, settings: Neo4jSettings) -> None:
    """Last in this file: it leaves the database read-only."""
    with Neo4jStore(settings.model_copy(update={"retry_s": 120}), 2) as store:
        store.write(many())
        exported = store.export(EVER)
        restarting = threading.Thread(target=server.restart)
        restarting.start()
        counts = [exported["transfers"].num_rows]
        while restarting.is_alive():
            counts.append(exported["transfers"].num_rows)
        restarting.join()
        assert set(counts) == {ROWS}, "a restart in mid-query is waited for"
    with Neo4jStore(settings.model_copy(update={"retry_s": 0}), 2) as store:
        exported = store.export(EVER)
        server.kill()
        with pytest.raises(StoreBusy, match=r"cannot be reached \(reading transfers\).*neo4j\.retry_s"):
            exported["transfers"]
    with pytest.raises(StoreBusy, match=r"cannot be reached \(connecting\).*make neo4j") as told:
        Neo4jStore(settings, 2)
    assert told.value.exit_code == 5
    server.start(**{"server.databases.default_to_read_only": "true"})
    with pytest.raises(StoreError, match=r"read-only.*server\.databases"):
        Neo4jStore(settings, 2)
    assert run(server, STORED) == [(ROWS,)]
