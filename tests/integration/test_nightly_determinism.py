"""Same facts known at T, same findings: for any order, split, threads and hash seed, and whatever came later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from sample_kit import KNOWN, as_of, sample_until, table, write

from graphfraud import bootstrap
from graphfraud.nightly.options import Nightly, Override

T = 30
SURE = Override("the cut is in the middle of the sample", "a test")
NIGHT = """
import json, sys
from pathlib import Path
from graphfraud import bootstrap
from graphfraud.nightly.options import Nightly
workspace = bootstrap.initialise(Path(sys.argv[1])).workspace
for folder in sys.argv[3:]:
    bootstrap.ingest(workspace, [Path(folder)])
hashes = [
    bootstrap.run_nightly(workspace, Nightly(as_of=int(t))).manifest["findings_hash"] for t in sys.argv[2].split(",")
]
print(json.dumps({"hashes": hashes, "threads": workspace.settings.store.threads}))
"""


def two_nights(folder: Path, feeds: list[Path], seed: int, threads: int) -> dict[str, object]:
    """Ingest and two chained runs in a process with this hash seed and these threads."""
    environment = os.environ | {
        "PYTHONHASHSEED": str(seed),
        "NUMBA_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "GRAPHFRAUD_STORE__THREADS": str(threads),
    }
    nights = f"{as_of(T - 2)},{as_of(T)}"
    command = [sys.executable, "-c", NIGHT, str(folder), nights, *map(str, feeds)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert answer["threads"] == threads
    return answer


def shuffled_thirds(folder: Path) -> list[Path]:
    """The same rows in another order, over three folders that overlap, with a truth/ that would give all away."""
    order = np.random.default_rng(7)
    parts = []
    for n in range(3):
        tables = {}
        for name in KNOWN:
            rows = table(name, T)
            mine = order.permutation(
                np.flatnonzero((np.arange(rows.num_rows) % 3 == n) | (order.random(rows.num_rows) < 0.1))
            )
            tables[name] = rows.take(mine)
        parts.append(write(folder / str(n), tables))
        poison = folder / str(n) / "truth"
        poison.mkdir()
        everybody = table("accounts", T)["account_id"]
        pacsv.write_csv(pa.table({"account_id": everybody, "ring": everybody, "role": everybody}), poison / "rings.csv")
        write(poison, {"referrals": referrals_of_everybody(everybody)})
    return parts


def referrals_of_everybody(accounts: pa.ChunkedArray) -> pa.Table:
    rows = {c: ["1"] * len(accounts) for c in table("referrals", T).column_names}
    return pa.table(rows | {"account_id": accounts, "referral_id": accounts})


def test_order_split_threads_hash_seed_and_a_poisoned_truth_change_nothing(tmp_path: Path) -> None:
    whole = two_nights(tmp_path / "a", [sample_until(tmp_path / "feed", T)], seed=1, threads=1)
    parts = two_nights(tmp_path / "b", shuffled_thirds(tmp_path / "parts"), seed=4242, threads=2)
    assert whole["hashes"] == parts["hashes"]


def later(rows: pa.Table) -> pa.Table:
    """The same identifiers, every last_seen beyond T moved on by 40 days."""
    cut = as_of(T) // 1_000_000
    seen = rows["last_seen"].cast(pa.int64())
    moved = pc.if_else(pc.greater(seen, cut), pc.add(seen, 40 * 86_400), seen)
    return rows.set_column(rows.column_names.index("last_seen"), "last_seen", moved)


def test_as_of_on_data_loaded_later_finds_what_would_have_been_found(tmp_path: Path) -> None:
    hashes = []
    everything = {name: table(name, 100) for name in KNOWN}
    everything["identifiers"] = later(everything["identifiers"])
    for name, feed in (
        ("then", sample_until(tmp_path / "feed then", T)),
        ("later", write(tmp_path / "feed later", everything)),
    ):
        workspace = bootstrap.initialise(tmp_path / name).workspace
        bootstrap.ingest(workspace, [feed])
        hashes.append(
            bootstrap.run_nightly(workspace, Nightly(as_of=as_of(T), override=SURE)).manifest["findings_hash"]
        )
    assert hashes[0] == hashes[1]
    last = bootstrap.run_nightly(workspace, Nightly(fresh=True, override=SURE))
    assert last.manifest["findings_hash"] != hashes[0]
    assert last.manifest["as_of"] > as_of(70)  # the last known_at among transfers and cash
