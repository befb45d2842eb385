"""Leiden at several resolutions, shared between this process and a second one.

The partitions do not depend on one another and igraph uses one core, so of a large graph every second one is worked
out by `python -m graphfraud.rings.partitions FOLDER`, which imports what it needs while this process still works on
something else. Where it runs makes no difference to a partition.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from graphfraud.core.pairs import Pairs
from graphfraud.core.snapshot import I32, I64
from graphfraud.errors import GraphFraudError
from graphfraud.rings.communities import leiden, vertices_of

GO = b"go\n"
#: Below so many pairs a second process costs more than it saves.
WORTH_SHARING = 300_000

Partition = tuple[I32, I32]  # (vertices, label) of `leiden`


@dataclass(frozen=True)
class Search:
    """How partitions are looked for, and the communities of the vertices to start from (None: everybody alone)."""

    gammas: Sequence[float]
    iterations: int
    seed: int
    start: I64 | None = None

    def of(self, pairs: Pairs) -> list[Partition]:
        """`leiden` at every resolution, in the order given. O(len(gammas) · iterations · m)."""
        return [self._one(pairs, gamma) for gamma in self.gammas]

    def _one(self, pairs: Pairs, gamma: float) -> Partition:
        """From the start, after each of its communities has been parted as far as its own pairs say.

        The search moves single vertices and would not part one that hangs by a thread, or by none.
        """
        if self.start is None:
            return leiden(pairs, gamma, self.iterations, self.seed)
        vertices = vertices_of(pairs)
        number = np.full(int(vertices.max(initial=-1)) + 1, -1, np.int64)
        number[vertices] = self.start
        held, label = leiden(pairs.where(number[pairs.a] == number[pairs.b]), gamma, self.iterations, self.seed)
        own = len(number) + np.arange(len(vertices))
        own[np.searchsorted(vertices, held)] = label
        start = np.unique(own, return_inverse=True)[1].astype(np.int64)
        return leiden(pairs, gamma, self.iterations, self.seed, start)


@contextmanager
def second(links: int) -> Iterator[Second | None]:
    """A second process that gets ready while this one works on; none where `links` are too few to be worth it.

    It is stopped when this one leaves.
    """
    if links < WORTH_SHARING:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="graphfraud-rings-") as name:
        command = [sys.executable, "-m", __name__, name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
            try:
                yield Second(process, Path(name))
            finally:
                process.kill()


def partitions(pairs: Pairs, search: Search, other: Second | None) -> list[Partition]:
    """`leiden` at every resolution, in the order given; every second one in the other process if there is one.

    Raises GraphFraudError when that process ends early (memory, most likely).
    """
    if other is None:
        return search.of(pairs)
    other.start(pairs, replace(search, gammas=search.gammas[1::2]))
    own = replace(search, gammas=search.gammas[::2]).of(pairs)
    found: list[Partition] = [own[0]] * len(search.gammas)
    found[::2], found[1::2] = own, other.found(len(search.gammas) // 2)
    return found


class Second:
    """The second process: starts on what it is given, and says what it found."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def start(self, pairs: Pairs, search: Search) -> None:
        """Give it its work. That it has died is said by `found`."""
        start = np.zeros(0, np.int64) if search.start is None else search.start
        np.savez(self._folder / "pairs.npz", a=pairs.a, b=pairs.b, weight=pairs.weight, start=start)
        asked = {"gammas": list(search.gammas), "iterations": search.iterations, "seed": search.seed}
        (self._folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        with suppress(BrokenPipeError):
            assert self._process.stdin is not None
            self._process.stdin.write(GO)
            self._process.stdin.flush()

    def found(self, count: int) -> list[Partition]:
        """Wait for its partitions."""
        _, told = self._process.communicate()
        if self._process.returncode:
            last = told.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise GraphFraudError(
                f"the second process for rings ended with {self._process.returncode} ({last or 'no message'}):"
                " probably out of memory; free some and run `graphfraud nightly --resume`"
            )
        return [_load(self._folder / f"{i}.npz") for i in range(count)]


def _load(path: Path) -> Partition:
    with np.load(path, allow_pickle=False) as found:
        return found["vertices"], found["label"]


def work(folder: Path) -> None:
    """What the second process does: partitions of `pairs.npz` as `asked.json` says, each into a file."""
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    with np.load(folder / "pairs.npz", allow_pickle=False) as given:
        pairs = Pairs(given["a"], given["b"], given["weight"])
        start = given["start"]
    search = Search(asked["gammas"], asked["iterations"], asked["seed"], start if len(start) else None)
    for i, (vertices, label) in enumerate(search.of(pairs)):
        np.savez(folder / f"{i}.npz", vertices=vertices, label=label)


if __name__ == "__main__" and sys.stdin.buffer.readline() == GO:  # nothing comes when the first process is gone
    work(Path(sys.argv[1]))
