"""Several processes on one workspace: readers while runs are published and pruned, two jobs at once."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from nightly_kit import DAY_1, STAGES, Bank, bank, site

from graphfraud.core.clock import DAY
from graphfraud.core.runs import RunCatalogue
from graphfraud.errors import StoreBusy
from graphfraud.nightly.job import run_nightly
from graphfraud.nightly.options import Nightly

READER = """
import sys, json
from pathlib import Path
from graphfraud.core.runs import RunCatalogue
from graphfraud.core.findings import findings_hash, FINDINGS
catalogue = RunCatalogue(Path(sys.argv[1]))
print("ready", flush=True)
seen, reads = [], 0
while not (Path(sys.argv[1]) / "STOP").exists():
    with catalogue.open() as run:
        ids = list(run.snapshot.accounts.id)
        tables = {name: run.findings(name) for name in FINDINGS}
        assert findings_hash(tables) == run.manifest["findings_hash"], run.run_id
        assert len(run.index.score_e6) == len(ids)
        assert run.index.score_e6.tolist() == tables["scores"]["score_e6"].to_pylist()
        reads += 1
        if run.run_id not in seen:
            seen.append(run.run_id)
print(json.dumps({"seen": seen, "reads": reads}), flush=True)
"""
HOLDER = """
import sys
import time
from pathlib import Path
from graphfraud.core.runs import RunCatalogue
with RunCatalogue(Path(sys.argv[1])).open(sys.argv[2]) as run:
    print("held", flush=True)
    sys.stdin.readline()
    print(run.findings("scores").num_rows, run.snapshot.flows.amount.sum(), flush=True)
"""
LOCKER = """
import sys
import time
from pathlib import Path
from graphfraud.nightly.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def python(code: str, *args: object) -> Iterator[subprocess.Popen[str]]:
    """A second process; killed if the test ends before it does."""
    command = [sys.executable, "-c", code, *map(str, args)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def publish(folder: Path, store: Bank, day: int, keep: int = 1) -> str:
    where = site(folder, store, runs={"keep": keep})
    return run_nightly(where, Nightly(as_of=DAY_1 + day * DAY), STAGES).run_id


def test_a_reader_meets_only_whole_runs_while_they_are_swapped_and_pruned(tmp_path: Path) -> None:
    store, runs = bank(40), tmp_path / "runs"
    published = [publish(tmp_path, store, 15)]
    with python(READER, runs) as reader:
        assert line(reader) == "ready"
        published += [publish(tmp_path, store, day) for day in range(16, 31)]
        (runs / "STOP").touch()
        told = json.loads(line(reader))
        assert reader.wait(timeout=60) == 0
    assert told["reads"] > 15
    assert len(told["seen"]) > 3
    assert told["seen"] == [name for name in published if name in told["seen"]]  # never back to an older run


def test_a_run_held_by_another_process_outlives_pruning(tmp_path: Path) -> None:
    store, runs = bank(40), tmp_path / "runs"
    first = publish(tmp_path, store, 15)
    with python(HOLDER, runs, first) as reader:
        assert line(reader) == "held"
        second = publish(tmp_path, store, 16)
        assert RunCatalogue(runs).ids() == [first, second]
        assert reader.stdin is not None
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert line(reader) == "2 1500"  # read after the prune: two accounts, 15 days of 10 payments of 10
        assert reader.wait(timeout=60) == 0
    third = publish(tmp_path, store, 17)
    assert RunCatalogue(runs).ids() == [third]


def test_two_jobs_at_once(tmp_path: Path) -> None:
    with python(LOCKER, tmp_path / "nightly.lock") as other:
        assert line(other) == "held"
        with pytest.raises(StoreBusy, match=f"process {other.pid}, since"):
            publish(tmp_path, bank(), 15)
        other.kill()
        other.wait()
    assert publish(tmp_path, bank(), 15)  # a killed job holds nothing


def test_a_run_pruned_between_the_pointer_and_the_hold_is_opened_at_its_successor(tmp_path: Path) -> None:
    store, runs = bank(40), tmp_path / "runs"
    first = publish(tmp_path, store, 15)
    second = publish(tmp_path, store, 16, keep=2)
    (runs / "LIVE").write_text(first)
    with (runs / first / "hold").open("a") as hold, ThreadPoolExecutor(1) as pool:
        fcntl.flock(hold, fcntl.LOCK_EX)  # as pruning does
        reader = pool.submit(lambda: RunCatalogue(runs).open())
        time.sleep(0.2)
        assert not reader.done()
        (runs / first).rename(tmp_path / "gone")
        (runs / "LIVE").write_text(second)
        fcntl.flock(hold, fcntl.LOCK_UN)
        with reader.result(timeout=30) as run:
            assert run.run_id == second
