"""The store between processes: one at a time, and nothing half-written after a kill."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from facts_kit import facts
from store_kit import STORES, StoreKind

from graphfraud.errors import FormatVersionError, StoreBusy, StoreError
from graphfraud.settings import StoreSettings
from graphfraud.stores.embedded import EmbeddedStore, schema

BATCH = 50
_WRITER = """
import sys
from pathlib import Path
from facts_kit import facts
from store_kit import STORES
kind = next(k for k in STORES if k.name == sys.argv[1])
with kind.open(Path(sys.argv[2])) as store:
    print("open", flush=True)
    for n in range(100_000):
        ids = [f"{n}-{i}" for i in range(int(sys.argv[3]))]
        rows = [{"txn_id": x, "time": n, "payer": "A", "payee": "B", "amount": 1} for x in ids]
        store.write(facts("transfers", rows))
        print(n, flush=True)
"""
_HOLDER = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"


def start(kind: StoreKind, folder: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, kind.name, str(folder), str(BATCH)],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("kind", STORES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kill_during_a_write_leaves_whole_writes(kind: StoreKind, seed: int, tmp_path: Path) -> None:
    process = start(kind, tmp_path)
    assert line(process) == "open"
    assert line(process) == "0"
    time.sleep(random.Random(seed).uniform(0.05, 0.6))
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    told = [0, *(int(n) for n in process.stdout.read().split())]
    process.wait()
    with kind.open(tmp_path) as store:
        found = store.export(10**9)["transfers"].to_pylist()
        batches: dict[int, int] = {}
        for row in found:
            batches[row["time"]] = batches.get(row["time"], 0) + 1
        assert set(batches.values()) == {BATCH}, "a write is there in full or not at all"
        assert set(range(max(told) + 1)) <= set(batches) <= set(range(max(told) + 2))
        assert store.export(0).max_ingest_seq == len(batches)
        again = [{"txn_id": f"0-{i}", "time": 0, "payer": "A", "payee": "B", "amount": 1} for i in range(BATCH)]
        assert store.write(facts("transfers", again)).unchanged == BATCH


@pytest.mark.parametrize("kind", STORES, ids=lambda kind: kind.name)
def test_a_second_process_is_told_who_holds_the_store(kind: StoreKind, tmp_path: Path) -> None:
    process = start(kind, tmp_path)
    try:
        assert line(process) == "open"
        with pytest.raises(StoreBusy, match=rf"process {process.pid}\b.*store\.lock_wait_s"):
            kind.open(tmp_path)
    finally:
        process.kill()
        process.communicate()
    kind.open(tmp_path).close()


def test_a_second_store_in_the_same_process_is_busy_too(tmp_path: Path) -> None:
    path, settings = tmp_path / "s.duckdb", StoreSettings(lock_wait_s=0)
    with EmbeddedStore(path, settings, 1), pytest.raises(StoreBusy, match=f"process {os.getpid()}"):
        EmbeddedStore(path, settings, 1)
    EmbeddedStore(path, settings, 1).close()


def test_an_open_file_outside_graphfraud_is_busy(tmp_path: Path) -> None:
    EmbeddedStore(tmp_path / "s.duckdb", StoreSettings(lock_wait_s=0), 1).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "s.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert line(holder) == "open"
        with pytest.raises(StoreBusy, match="another program"):
            EmbeddedStore(tmp_path / "s.duckdb", StoreSettings(lock_wait_s=0), 1)
    finally:
        holder.communicate("\n")


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    EmbeddedStore(path, StoreSettings(), 1).close()
    with duckdb.connect(str(path)) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'format_version'")
    with pytest.raises(FormatVersionError, match=r"format 99.*reads 1"):
        EmbeddedStore(path, StoreSettings(), 1)


def test_an_older_format_is_migrated_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.duckdb"
    with EmbeddedStore(path, StoreSettings(), 1) as store:
        store.write(facts("cash", [{"txn_id": "K", "time": 1, "account": "A", "amount": 5}]))
    monkeypatch.setattr(schema, "FORMAT_VERSION", 3)
    with pytest.raises(FormatVersionError, match="format 1"):
        EmbeddedStore(path, StoreSettings(), 1)

    def failing(db: duckdb.DuckDBPyConnection) -> None:
        raise duckdb.Error("no space")

    def more(db: duckdb.DuckDBPyConnection) -> None:
        db.execute("UPDATE cash SET amount = amount + 1")

    monkeypatch.setattr(schema, "MIGRATIONS", {1: more, 2: failing})
    with pytest.raises(StoreError, match="no space"):
        EmbeddedStore(path, StoreSettings(), 1)
    monkeypatch.setattr(schema, "MIGRATIONS", {1: more, 2: more})
    with EmbeddedStore(path, StoreSettings(), 1) as store:
        assert store.export(1)["cash"]["amount"].to_pylist() == [7], "each step once: the failed attempt left nothing"
    monkeypatch.setattr(schema, "MIGRATIONS", {})
    with EmbeddedStore(path, StoreSettings(), 1) as store:
        assert store.stats().rows["cash"] == 1


def test_columns_of_a_newer_version_are_added(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with EmbeddedStore(path, StoreSettings(), 1) as store:
        store.write(facts("cash", [{"txn_id": "K", "time": 1, "account": "A", "amount": 5, "place": "P"}]))
    with duckdb.connect(str(path)) as db:
        db.execute("ALTER TABLE cash DROP COLUMN place")
    with EmbeddedStore(path, StoreSettings(), 1) as store:
        assert store.export(1)["cash"]["place"].to_pylist() == [None]


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE TABLE other AS SELECT 1 AS x")
    with pytest.raises(FormatVersionError, match="not a graphfraud store"):
        EmbeddedStore(path, StoreSettings(), 1)
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StoreError, match="failed while opening"):
        EmbeddedStore(broken, StoreSettings(), 1)
    with pytest.raises(StoreError, match="failed while opening"):  # the lock was released
        EmbeddedStore(broken, StoreSettings(), 1)
