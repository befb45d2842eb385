"""How fast money is followed on a live Neo4j server, beside the variable-length query that users write.

    python -m tests.bench.live WORLD_DIR [--starts N] [--reaches N] [--depth N]

As `make bench` does at each size: the facts of a workspace are imported into a server, and what came into accounts with
at least 20 payments is traced, depth 4 and the other limits by default, up and down, every statement fetched from the
server: first read payment by payment, then with statements packed on the accounts, as they are after a night. Answers
are compared with the snapshot's. Then, from one payment each, who can be reached by payments whose times ascend with
waits of at most the window: by batched hops of `expand`, and by the query. Both have to reach the same accounts; the
query is given TIMEOUT_S.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from live_kit import of_snapshot, plain
from neo4j_server import STRONG, Server, fetch

from graphfraud import bootstrap, settings
from graphfraud.cli.entry import run
from graphfraud.core.runs import RunCatalogue
from graphfraud.core.snapshot import Snapshot
from graphfraud.errors import GraphFraudError
from graphfraud.services import live
from graphfraud.services.live import MAX_DEGREE, Asked
from graphfraud.stores.neo4j import Neo4jReading, Neo4jStore
from graphfraud.trace import LOT_RULES, RULES, Book, Limits, Rule
from tests.bench.reach import beside_query
from tests.bench.trace import SEED, WAYS, receivers

WARM, ROUNDS, SHARED, COMPARED = 100, 3, 200, 50
LIMITS = Limits()
LARGE = 3_000_000  # transfers from which on a server gets more memory
MEMORY_MB = {False: (2048, 1024), True: (4096, 5120)}  # heap, page cache
UNPACKED, PACKED = "payment by payment", "packed"


@contextmanager
def server(workspace: Path, scratch: Path, large: bool) -> Iterator[dict[str, float]]:
    """A server with the facts of a workspace, in the environment; seconds of getting them there."""
    files, took = scratch / "bulk", {}
    heap, cache = MEMORY_MB[large]
    made = Server(scratch / "server", fetch(), heap_mb=heap, page_cache_mb=cache, jvm=STRONG)
    begin = time.perf_counter()
    order = ["--out", str(files), "--workspace", str(workspace), "--unmask", "bench", "--json"]
    if run(["export", "neo4j-admin", *order]):
        raise SystemExit("the facts could not be exported")
    exported = time.perf_counter()
    made.fill(files, heap)
    took |= {"export_s": exported - begin, "import_s": time.perf_counter() - exported}
    before = dict(os.environ)
    os.environ.update(made.environment)
    try:
        made.start()
        begin = time.perf_counter()
        bootstrap.initialise(scratch / "on-server", "neo4j")
        took["indexes_s"] = time.perf_counter() - begin
        yield took
    finally:
        made.stop()
        os.environ.clear()
        os.environ.update(before)


def timed(graph: Neo4jReading, own: settings.Settings, starts: Sequence[str], asked: Asked, as_of: int) -> list[float]:
    """Milliseconds of a live trace from each account; those that a live trace refuses are left out, and counted by the
    length of the answer.
    """
    taken = []
    for account in starts:
        begin = time.perf_counter()
        try:
            live.trace(graph, own, Asked(asked.rule, asked.direction, LIMITS, account), as_of)
        except GraphFraudError:
            continue
        taken.append(1e3 * (time.perf_counter() - begin))
    return taken


def traces(graph: Neo4jReading, own: settings.Settings, starts: Sequence[str], as_of: int, how: str) -> dict[str, Any]:
    """p50 and p99 of every way and, where statements are packed, every rule: lots in ROUNDS rounds, of which p99 is the
    median; shares once, from fewer accounts.
    """
    found: dict[str, Any] = {}
    for way in WAYS:
        for rule in RULES if how == PACKED else LOT_RULES:
            asked, often = Asked(rule, way), how == PACKED and rule in LOT_RULES
            some = starts if rule in LOT_RULES else starts[:SHARED]
            timed(graph, own, starts[-WARM:], asked, as_of)
            rounds = [timed(graph, own, some, asked, as_of) for _ in range(ROUNDS if often else 1)]
            p99 = sorted(float(np.percentile(taken, 99)) for taken in rounds)
            found[f"{rule.value} {way}"] = {
                "p50_ms": float(np.percentile(np.concatenate(rounds), 50)),
                "p99_ms": p99[len(p99) // 2],
                "p99_span_ms": [p99[0], p99[-1]],
                "max_ms": float(np.max(np.concatenate(rounds))),
                "starts": len(rounds[0]),
                "refused": len(some) - len(rounds[0]),
            }
            _say(f"{how}, {rule} {way}: {json.dumps(found[f'{rule.value} {way}'])}")
    return found


def same(graph: Neo4jReading, own: settings.Settings, snapshot: Snapshot, starts: Sequence[str]) -> tuple[int, int]:
    """Traces that are the snapshot's to the fen, of how many: not those with a busy account, nor those refused."""
    equal = compared = 0
    for nth, account in enumerate(starts):
        rule: Rule = LOT_RULES[nth % 2]
        asked = Asked(rule, WAYS[nth // 2 % 2], LIMITS, account)
        try:
            found = live.trace(graph, own, asked, snapshot.as_of)
        except GraphFraudError:
            continue
        if not found.busy:
            compared += 1
            equal += plain(found.trace) == plain(of_snapshot(snapshot, asked))
    return equal, compared


def pack(own: settings.Settings) -> dict[str, float]:
    """What the night does, and seconds of it: the first time and when nothing has changed."""
    with Neo4jStore(own.neo4j, own.runs.keep) as store:
        begin = time.perf_counter()
        done = store.pack()
        middle = time.perf_counter()
        store.pack()
        again = time.perf_counter() - middle
    return {"accounts": done.accounts, "payments": done.transfers, "first_s": middle - begin, "again_s": again}


def measure(workspace: Path, scratch: Path, starts: int, reaches: int, depth: int = 4) -> dict[str, Any]:
    """Every figure of a workspace with a live run."""
    with RunCatalogue(workspace / "runs").open() as published:
        snapshot = published.snapshot
        book = Book.of(snapshot)
        able, _ = receivers(book)
        able = able[np.diff(book.events.ptr)[able] <= MAX_DEGREE]
        if not len(able):
            return {"starts": 0}
        some = np.random.default_rng(SEED).choice(able, min(starts, len(able)), replace=False)
        names = snapshot.accounts.id.take(some)
        with server(workspace, scratch, len(book.flows.time) > LARGE) as took:
            own = settings.load()
            found: dict[str, Any] = {"starts": len(names), "loading": took}
            with Neo4jReading(own.neo4j) as graph:
                found[UNPACKED] = traces(graph, own, names, snapshot.as_of, UNPACKED)
                found["packing"] = pack(own)
                found[PACKED] = traces(graph, own, names, snapshot.as_of, PACKED)
                found["same"] = same(graph, own, snapshot, names[:COMPARED])
                if reaches:
                    found["reach"] = beside_query(graph, snapshot, some[:reaches], depth)
    return found


def markdown(found: dict[str, Any]) -> str:
    """The figures as tables. Target: p99 50 ms of lots, packed or not."""
    if not found["starts"]:
        return "No account has enough payments to be traced from on a server.\n"
    loading, packing, (equal, compared) = found["loading"], found["packing"], found["same"]
    rounds = f"packed, p99 of FIFO and LIFO is the median of {ROUNDS} rounds"
    steps = [f"{name} {loading[f'{name}_s']:.0f} s" for name in ("export", "import", "indexes")]
    packed = (
        f"packing {packing['accounts']:,} accounts with {packing['payments']:,} payments {packing['first_s']:.1f} s"
    )
    lines = [
        f"Live on a Neo4j server, from {found['starts']:,} accounts (target p99 ≤ 50 ms; {rounds}). {', '.join(steps)};"
        f" {packed}, again {packing['again_s']:.1f} s. Equal to the snapshot's trace: {equal} of {compared}.",
        "",
        "| live trace | statements | starts | refused | p50 ms | p99 ms | p99 of the rounds | worst ms |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for how in (UNPACKED, PACKED):
        for name, one in found[how].items():
            low, high = one["p99_span_ms"]
            counts = [f"{one['starts']:,}", f"{one['refused']:,}"]
            cells = [f"{one['p50_ms']:.1f}", f"{one['p99_ms']:.1f}", f"{low:.1f}–{high:.1f}", f"{one['max_ms']:.0f}"]
            lines.append(f"| {' | '.join([name, how, *counts, *cells])} |")
    if found.get("reach"):
        lines += [
            "",
            "| reached by up to | | p50 ms | p99 ms | finished | same accounts |",
            "|---|---|---:|---:|---:|---:|",
        ]
        for row in found["reach"]:
            lines.append(
                f"| {row['payments']} payments | {row['how']} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f} |"
                f" {row['finished']} of {row['of']} | {row['same']} of {row['finished']} |"
            )
    return "\n".join(lines) + "\n"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path)
    parser.add_argument("--starts", type=int, default=500, help="accounts to trace from")
    parser.add_argument("--reaches", type=int, default=20, help="payments to reach from")
    parser.add_argument("--depth", type=int, default=4, help="payments that one can be reached by; fewer come first")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graphfraud-bench-") as scratch:
        workspace = bootstrap.initialise(Path(scratch) / "workspace").workspace
        bootstrap.ingest(workspace, [asked.world])
        bootstrap.run_nightly(workspace, bootstrap.Nightly(publish=True))
        found = measure(workspace.folder, Path(scratch), asked.starts, asked.reaches, asked.depth)
    _say(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
