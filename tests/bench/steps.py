"""The steps of the bench, each run in a process of its own: `python -m tests.bench.steps STEP FOLDER TRANSFERS`.

A step prints one JSON object as its last line. FOLDER is the scratch folder of one size.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from graphfraud import bootstrap
from graphfraud.core.runs import NO_RING, PublishedRun, RunCatalogue
from graphfraud.ingest.synthetic import BenchPlan, write_world
from graphfraud.nightly.options import StageEvent

LOOK_UPS = 20_000
TRACES = 1_000  # accounts that are traced from; a tenth of them in networkx too
LIVE_TRACES = 500  # of them on a live server, in rounds
Step = Callable[[Path, int], dict[str, Any]]


def generate(folder: Path, transfers: int) -> dict[str, Any]:
    """Write the bench world, unless the same one is there already."""
    plan = BenchPlan(transfers)
    world, mark = folder / "world", folder / "world.json"
    wanted = {"transfers": plan.transfers, "seed": plan.seed}
    if mark.exists() and json.loads(mark.read_text())["plan"] == wanted:
        return {"rows": json.loads(mark.read_text())["rows"], "kept": True}
    shutil.rmtree(world, ignore_errors=True)
    rows = write_world(plan, world).rows
    mark.write_text(json.dumps({"plan": wanted, "rows": rows}))
    return {"rows": rows, "kept": False}


def ingest(folder: Path, _: int) -> dict[str, Any]:
    """A new workspace, and the world into its store."""
    workspace = folder / "workspace"
    shutil.rmtree(workspace, ignore_errors=True)
    made = bootstrap.initialise(workspace).workspace
    start = time.perf_counter()
    bootstrap.ingest(made, [folder / "world"])
    return {"wall_s": time.perf_counter() - start, "store_mb": made.store_file.stat().st_size / 2**20}


def nightly(folder: Path, _: int) -> dict[str, Any]:
    """The first nightly run, with the figures of its manifest."""
    workspace = bootstrap.open_workspace(folder / "workspace")
    start = time.perf_counter()
    used: dict[str, float] = {}
    begun: dict[str, float] = {}

    def note(event: StageEvent) -> None:
        if event.state == "started":
            begun[event.stage] = time.process_time()
        elif event.state == "finished":
            used[event.stage] = time.process_time() - begun[event.stage]

    result = bootstrap.run_nightly(workspace, bootstrap.Nightly(fresh=True, publish=True), note)
    manifest = result.manifest
    kept = ("stages", "edges", "findings", "findings_hash", "versions")
    return {"wall_s": time.perf_counter() - start, "live": result.live, "stage_cpu_s": used} | {
        k: manifest.get(k) for k in kept
    }


def look_up(folder: Path, _: int) -> dict[str, Any]:
    """Look-ups on the published run, in process: an account by its id, and the ring of an account with its members."""
    runs = RunCatalogue(folder / "workspace" / "runs")
    with runs.open() as run:
        random = np.random.default_rng(5)
        ids = run.snapshot.accounts.id.take(random.integers(0, len(run.snapshot.accounts), LOOK_UPS))
        in_ring = np.flatnonzero(run.index.ring != NO_RING)
        ringed = run.snapshot.accounts.id.take(random.choice(in_ring, LOOK_UPS)) if len(in_ring) else []
        return {"account": _timed(run, _account, ids), "ring": _timed(run, _ring, ringed)}


def trace(folder: Path, _: int) -> dict[str, Any]:
    """Following money on the snapshot of that run; see `tests.bench.trace`."""
    from tests.bench.trace import measure

    with RunCatalogue(folder / "workspace" / "runs").open() as run:
        return measure(run.folder / "snapshot", TRACES, TRACES // 10)


def live(folder: Path, _: int) -> dict[str, Any]:
    """Following money on a Neo4j server that has the same facts; see `tests.bench.live`."""
    from tests.bench.live import measure

    scratch = folder / "live"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        return measure(folder / "workspace", scratch, LIVE_TRACES, LIVE_TRACES // 50)
    finally:
        shutil.rmtree(scratch)


def detect(folder: Path, transfers: int) -> dict[str, Any]:
    """Detection of that run beside networkx; see `tests.bench.detect_networkx`."""
    from tests.bench.detect_networkx import measure

    with RunCatalogue(folder / "workspace" / "runs").open() as run:
        return measure(folder, run, transfers)


def _timed(run: PublishedRun, look: Callable[[PublishedRun, str], object], ids: list[str]) -> dict[str, float] | None:
    if not ids:
        return None
    taken = np.empty(len(ids))
    for i, account in enumerate(ids):
        start = time.perf_counter_ns()
        look(run, account)
        taken[i] = time.perf_counter_ns() - start
    p50, p99 = np.quantile(taken, [0.5, 0.99]) / 1e6
    return {"n": len(ids), "p50_ms": float(p50), "p99_ms": float(p99), "max_ms": float(taken.max() / 1e6)}


def _account(run: PublishedRun, account: str) -> tuple[object, ...]:
    """What a risk look-up needs: score and its parts, level, layer, ring, referred."""
    code, index = run.snapshot.code(account), run.index
    ring = int(index.ring[code])
    return (
        int(index.score_e6[code]),
        int(index.referral_share_e6[code]),
        int(index.behaviour_share_e6[code]),
        int(index.level[code]),
        int(index.layer[code]),
        bool(index.referred[code]),
        index.ring_id[ring] if ring != NO_RING else None,
    )


def _ring(run: PublishedRun, account: str) -> tuple[str, list[tuple[str, int]]]:
    """The ring of an account: its id, and id and score of every member."""
    index = run.index
    ring = int(index.ring[run.snapshot.code(account)])
    members = index.ring_member[index.ring_ptr[ring] : index.ring_ptr[ring + 1]]
    scores = index.score_e6[members].tolist()
    return index.ring_id[ring], list(zip(run.snapshot.accounts.id.take(members), scores, strict=True))


STEPS: dict[str, Step] = {s.__name__: s for s in (generate, ingest, nightly, look_up, detect, trace, live)}

if __name__ == "__main__":
    name, where, size = sys.argv[1:]
    Path(where).mkdir(parents=True, exist_ok=True)
    sys.stdout.write("\n" + json.dumps(STEPS[name](Path(where), int(size))) + "\n")
