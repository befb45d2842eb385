"""The bench: `python -m tests.bench.run [100k 1M 10M] [--out bench-out] [--keep]`.

Builds a bench world of each size, ingests it, runs every nightly stage, looks accounts and rings up, measures what
detection found beside networkx and follows money through the snapshot of that run and on a Neo4j server, each step in a
process of its own; writes `bench.md` and `bench.json` with wall times, peak memory, edge counts and the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.table import markdown

SIZES = {"100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
WARM_UP = 20_000
#: the last one is left out of the warm-up
STEPS = ("generate", "ingest", "nightly", "look_up", "detect", "trace", "live")


@dataclass(frozen=True)
class Ended:
    """A step that ended: what it printed, its wall and processor time with start-up, the most memory it held."""

    result: dict[str, Any]
    process_s: float
    cpu_s: float
    peak_mb: float


class StepFailed(Exception):
    """A step ended with an error; its output was shown."""


def step(name: str, folder: Path, transfers: int) -> Ended:
    """Run a step in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.bench.steps", name, str(folder), str(transfers)]
    start = time.perf_counter()
    with (folder / f"{name}.log").open("w+", encoding="utf-8") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if child.returncode:
        raise StepFailed(f"{name} at {transfers:,} transfers ended with {child.returncode}:\n{text[-4000:]}")
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    wall, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    return Ended(json.loads(text.strip().splitlines()[-1]), wall, cpu, peak)


def measure(folder: Path, transfers: int) -> dict[str, Any]:
    """Every step at one size."""
    found: dict[str, Any] = {"transfers": transfers}
    for name in STEPS if transfers > WARM_UP else STEPS[:-1]:
        ended = step(name, folder, transfers)
        peaks = [ended.peak_mb, *(s["peak_mb"] for s in ended.result.get("stages", []))]
        found[name] = ended.result | {
            "process_s": ended.process_s,
            "cpu_s": ended.cpu_s,
            "peak_mb": max(peaks),
        }
        _say(f"  {name}: {ended.process_s:.1f} s ({ended.cpu_s:.1f} s of processor), {max(peaks):,.0f} MiB")
    return found


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0]
    return {
        "cores": cores,
        "memory_gib": round(memory, 1),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(load, 2),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        if (info.exists())
        else []
    )
    return names[0] if names else platform.processor() or platform.machine()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run", description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(SIZES), help="100k, 1M, 10M or a number of transfers")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), help="scratch folder and results")
    parser.add_argument("--keep", action="store_true", help="keep worlds and workspaces for the next time")
    asked = parser.parse_args()
    sizes = [SIZES[s] if s in SIZES else int(s) for s in asked.sizes]
    found: dict[str, Any] = {"machine": machine(), "sizes": []}
    try:
        _say(f"warm-up, {WARM_UP:,} transfers (compiles what is not compiled yet)")
        found["warm_up"] = measure(asked.out / "warm-up", WARM_UP)
        for size in sizes:
            _say(f"{size:,} transfers")
            found["sizes"].append(measure(asked.out / str(size), size))
            _write(asked.out, found)
            if not asked.keep:
                shutil.rmtree(asked.out / str(size))
    except StepFailed as failed:
        _say(str(failed))
        return 1
    except KeyboardInterrupt:
        _say(f"interrupted; finished sizes are in {asked.out}/bench.md")
        return 130
    _say((asked.out / "bench.md").read_text(encoding="utf-8"))
    return 0


def _write(folder: Path, found: dict[str, Any]) -> None:
    (folder / "bench.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    (folder / "bench.md").write_text(markdown(found), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
