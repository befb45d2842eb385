"""Leiden at several resolutions, shared between this process and a second one.

The partitions do not depend on one another and igraph uses one core, so of a large graph every second one is worked
out by `python -m graphfraud.rings.partitions FOLDER`. Where it runs makes no difference to a partition.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from graphfraud.core.pairs import Pairs
from graphfraud.core.snapshot import I32
from graphfraud.errors import GraphFraudError
from graphfraud.rings.communities import leiden

#: Below so many pairs a second process costs more than it saves.
WORTH_SHARING = 50_000

Partition = tuple[I32, I32]  # (vertices, label) of `leiden`


def partitions(pairs: Pairs, gammas: Sequence[float], iterations: int, seed: int) -> list[Partition]:
    """`leiden` at every resolution, in the order given. O(len(gammas) · iterations · m), half of it beside the rest.

    Raises GraphFraudError when the second process ends early (memory, most likely).
    """
    if len(pairs) < WORTH_SHARING or len(gammas) < 2:
        return [leiden(pairs, gamma, iterations, seed) for gamma in gammas]
    with _second(pairs, gammas[1::2], iterations, seed) as others:
        own = [leiden(pairs, gamma, iterations, seed) for gamma in gammas[::2]]
        found: list[Partition] = [own[0]] * len(gammas)
        found[::2], found[1::2] = own, others()
    return found


@contextmanager
def _second(pairs: Pairs, gammas: Sequence[float], iterations: int, seed: int) -> Iterator[_Wait]:
    """A second process at work; what is given waits for its partitions. It is stopped when this one leaves early."""
    with tempfile.TemporaryDirectory(prefix="graphfraud-rings-") as name:
        folder = Path(name)
        np.savez(folder / "pairs.npz", a=pairs.a, b=pairs.b, weight=pairs.weight)
        asked = {"gammas": list(gammas), "iterations": iterations, "seed": seed}
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        command = [sys.executable, "-m", __name__, name]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            try:
                yield _Wait(process, folder, len(gammas))
            finally:
                process.kill()


class _Wait:
    """Waits for the second process and reads what it found."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, count: int) -> None:
        self._process = process
        self._folder = folder
        self._count = count

    def __call__(self) -> list[Partition]:
        _, told = self._process.communicate()
        if self._process.returncode:
            last = told.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise GraphFraudError(
                f"the second process for rings ended with {self._process.returncode} ({last or 'no message'}):"
                " probably out of memory; free some and run `graphfraud nightly --resume`"
            )
        return [_load(self._folder / f"{i}.npz") for i in range(self._count)]


def _load(path: Path) -> Partition:
    with np.load(path, allow_pickle=False) as found:
        return found["vertices"], found["label"]


def work(folder: Path) -> None:
    """What the second process does: partitions of `pairs.npz` as `asked.json` says, each into a file."""
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    with np.load(folder / "pairs.npz", allow_pickle=False) as given:
        pairs = Pairs(given["a"], given["b"], given["weight"])
    for i, gamma in enumerate(asked["gammas"]):
        vertices, label = leiden(pairs, gamma, asked["iterations"], asked["seed"])
        np.savez(folder / f"{i}.npz", vertices=vertices, label=label)


if __name__ == "__main__":
    work(Path(sys.argv[1]))
