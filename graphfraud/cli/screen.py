"""What a command writes: an answer as JSON or drawn, errors and progress on the error stream."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

PIPE_WIDTH = 120  # columns when the output is not a terminal


class HasJson(Protocol):
    """An answer with a documented JSON form (docs/json.md)."""

    def as_json(self) -> dict[str, Any]: ...


A = TypeVar("A", bound=HasJson)


def out() -> Console:
    """Standard output."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal and "COLUMNS" not in made._environ:
        made.width = PIPE_WIDTH
    return made


def show(answer: A, draw: Callable[[A], RenderableType], as_json: bool) -> None:
    """Print an answer: JSON, or drawn for a person."""
    if as_json:
        print_json(answer.as_json())
    else:
        out().print(draw(answer))


def print_json(value: object) -> None:
    """JSON on standard output, UTF-8, two spaces."""
    sys.stdout.write(as_text(value))


def as_text(value: object) -> str:
    """JSON text, two spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


@contextmanager
def working(as_json: bool = False) -> Iterator[Progress]:
    """Progress bars on the error stream; silent when that is no terminal or JSON was asked."""
    console = err()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=as_json or not console.is_terminal, transient=True) as progress:
        yield progress
