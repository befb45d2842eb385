"""A world on a Neo4j server beside the embedded store: same findings, and what a second night costs.

    python -m tests.bench.neo4j_world WORLD_FOLDER

The last 1 % of the transfers is kept back for the second night. Prints wall seconds of ingest and of the stage that
brings the local copy up to date on both nights, and whether the findings hashes of both stores are equal.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from neo4j_server import STRONG, Server, fetch

from graphfraud import bootstrap

KEPT_BACK = 0.01
ASIDE = bootstrap.Override("a world in two pieces", "bench")


def split(world: Path, folder: Path) -> tuple[Path, Path]:
    """The world without the last transfers, and these alone."""
    one, two = folder / "one", folder / "two"
    shutil.copytree(world, one, ignore=shutil.ignore_patterns("truth", "*.json", "*.md"))
    two.mkdir()
    rows = pq.read_table(world / "transfers.parquet").sort_by("time")
    first = int(rows.num_rows * (1 - KEPT_BACK))
    (one / "transfers.parquet").unlink()
    pq.write_table(rows.slice(0, first), one / "transfers.parquet")
    late: pa.Table = rows.slice(first)
    pq.write_table(late, two / "transfers.parquet")
    return one, two


def night(workspace: bootstrap.Workspace, feed: Path) -> dict[str, Any]:
    """Ingest and run; seconds of both, of the refresh, and the findings hash."""
    start = time.perf_counter()
    report = bootstrap.ingest(workspace, [feed])
    loaded = time.perf_counter()
    manifest = bootstrap.run_nightly(workspace, bootstrap.Nightly(override=ASIDE)).manifest
    stages = {s["stage"]: s for s in manifest["stages"]}
    refresh = stages.get("refresh", {"wall_s": 0.0, "counts": {"fetched": 0}})
    return {
        "rows": report.total("loaded"),
        "ingest_s": loaded - start,
        "nightly_s": time.perf_counter() - loaded,
        "refresh_s": refresh["wall_s"],
        "fetched": refresh["counts"]["fetched"],
        "hash": manifest["findings_hash"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path)
    world = parser.parse_args().world
    with tempfile.TemporaryDirectory(prefix="graphfraud-bench-") as scratch:
        folder = Path(scratch)
        feeds = split(world, folder)
        server = Server(folder / "server", fetch(), heap_mb=2048, page_cache_mb=1024, jvm=STRONG).start()
        os.environ.update(server.environment)
        try:
            places = {
                "neo4j": bootstrap.initialise(folder / "on-server", "neo4j").workspace,
                "embedded": bootstrap.initialise(folder / "embedded").workspace,
            }
            found = {(name, n): night(where, feed) for n, feed in enumerate(feeds, 1) for name, where in places.items()}
        finally:
            server.stop()
    print("| store | night | new facts | ingest, s | nightly, s | refresh, s | fetched |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for (name, n), row in found.items():
        seconds = " | ".join(f"{row[k]:.1f}" for k in ("ingest_s", "nightly_s", "refresh_s"))
        print(f"| {name} | {n} | {row['rows']:,} | {seconds} | {row['fetched']:,} |")
    one, two = found["neo4j", 1]["refresh_s"], found["neo4j", 2]["refresh_s"]
    print(f"\nrefresh of the second night: {two / one:.1%} of the first's (target ≤ 5 %)")
    for n in (1, 2):
        same = found["neo4j", n]["hash"] == found["embedded", n]["hash"]
        print(f"night {n}: findings hashes {'equal' if same else 'DIFFER'}")


if __name__ == "__main__":
    main()
