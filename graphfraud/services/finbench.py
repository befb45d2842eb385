"""Answers a file of FinBench cases and says how many answers are right and how long they took (contracts.md §5)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter_ns
from typing import Annotated, Any, Protocol

from pydantic import Field

from graphfraud.errors import CheckFailed, UnknownId
from graphfraud.services import finbench_graph
from graphfraud.services.answers import Document
from graphfraud.trace.finbench import Answer, Case, Network, ask, load, read_cases

CASES = "sf1_cases.json"
ROUNDS = 5  # times that every case is answered and measured
#: told the stage, cases answered, cases in all
Progress = Callable[[str, int, int | None], None]
#: (read, parameters) → its answer; None where there are no rows
Ask = Callable[[str, Mapping[str, Any]], Answer | None]


class Filled(finbench_graph.Graph, Protocol):
    """A graph that can be loaded with the benchmark's tables."""

    def fill(
        self, digest: str, degree: int, tables: Iterable[tuple[str, finbench_graph.Table]], watch: Progress
    ) -> bool: ...


@dataclass(frozen=True)
class ReadFigures:
    """One read. A time is from the question to the answer's columns, over five rounds of every case."""

    right: int
    total: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class WrongCase:
    """A case that was answered otherwise than expected."""

    read: str
    case: Annotated[int, Field(description="its place in the file, from 0")]
    difference: Annotated[str, Field(description="the first thing that differs")]


@dataclass(frozen=True)
class FinbenchAnswer(Document):
    """Right: as many rows as expected, the first 200 in the same order, ids exact, decimals equal at 3 places."""

    right: int
    total: int
    reads: dict[str, ReadFigures]
    wrong: list[WrongCase]

    def demand(self) -> None:
        """Raises CheckFailed where an answer is not right."""
        if self.wrong:
            first = self.wrong[0]
            raise CheckFailed(
                f"{len(self.wrong):,} of {self.total:,} answers are not as expected;"
                f" the first: {first.read}, case {first.case}: {first.difference}"
            )


def finbench(
    folder: Path, cases: Path | None = None, progress: Progress = lambda *_: None, graph: Filled | None = None
) -> FinbenchAnswer:
    """Answer every case of a file (default: the folder's sf1_cases.json). Raises InputError, FileRefused.

    With `graph` the tables are loaded into it, unless they are there, and its statements answer.
    """
    asked = read_cases(cases or folder / CASES)
    progress("loading", 0, None)
    network = load(folder)
    answer: Ask = partial(_answer, network)
    if graph is not None:
        graph.fill(
            finbench_graph.digest(network), finbench_graph.degree(network), finbench_graph.tables(network), progress
        )
        answer = partial(finbench_graph.ask, graph)
    figures: dict[str, ReadFigures] = {}
    wrong: list[WrongCase] = []
    done, total = 0, sum(map(len, asked.values()))
    for read, found in asked.items():
        progress(read, done, total)
        figures[read], bad = _measured(answer, read, found)
        wrong += bad
        done += len(found)
    return FinbenchAnswer(total - len(wrong), total, figures, wrong)


def _measured(answer: Ask, read: str, cases: list[Case]) -> tuple[ReadFigures, list[WrongCase]]:
    """Answers are compared in an untimed round, which also builds the read's indexes and loads its kernels."""
    differences = [case.difference(answer(read, case.params)) for case in cases]
    wrong = [WrongCase(read, i, text) for i, text in enumerate(differences) if text]
    times: list[int] = []
    with _no_collection():
        for case in cases * ROUNDS:
            begun = perf_counter_ns()
            answer(read, case.params)
            times.append(perf_counter_ns() - begun)
    figures = ReadFigures(len(cases) - len(wrong), len(cases), _percentile(times, 50), _percentile(times, 99))
    return figures, wrong


def _answer(network: Network, read: str, params: Mapping[str, Any]) -> Answer | None:
    """None where the id that is asked about is not in the data: such a question has no rows."""
    try:
        return ask(network, read, params)
    except UnknownId:
        return None


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection while times are taken."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _percentile(nanoseconds: list[int], percent: int) -> float | None:
    """Nearest rank, ms with three places; None of nothing."""
    if not nanoseconds:
        return None
    rank = -(-len(nanoseconds) * percent // 100)
    return round(sorted(nanoseconds)[rank - 1] / 1e6, 3)
