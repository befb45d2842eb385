"""Entry point. The one place where errors become messages and exit codes (contracts.md §3)."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import typer
from rich.markup import escape

from graphfraud.cli import screen
from graphfraud.cli.app import ORDER, app
from graphfraud.errors import GraphFraudError, Interrupted, StoreError, UsageError

#: what an interrupted command is followed by
NEXT = {
    "nightly": "the live run is untouched; `graphfraud nightly --resume` goes on after the last finished stage",
    "ingest": "what was loaded stays; run the same command again, rows that are there already change nothing",
    "init": "run the same command again",
    "serve": "",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command and exit."""
    sys.excepthook = _unexpected
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: list[str]) -> int:
    """Run a command; returns its exit code. Errors go to the error stream as one message."""
    try:
        code = typer.main.get_command(app)(argv, prog_name="graphfraud", standalone_mode=False)
    except GraphFraudError as exc:
        return _say(exc, argv)
    except typer.TyperException as exc:
        return _say(UsageError(f"{exc.format_message().rstrip('.')}; {_help(argv)}"), argv)
    except (typer.Abort, KeyboardInterrupt):
        code = Interrupted.exit_code
    except BrokenPipeError:  # the reader of our output went away: `graphfraud runs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as exc:
        return _say(StoreError(f"{exc.strerror or exc}: {exc.filename or 'no file named'}"), argv)
    except RuntimeError as exc:  # Python 3.11 wraps what is raised while a class is made, in a late import for one
        if not isinstance(exc.__cause__, KeyboardInterrupt):
            raise
        code = Interrupted.exit_code
    if code == Interrupted.exit_code:  # typer turns Ctrl-C into this code
        return _interrupted(argv)
    return int(code or 0)


def _interrupted(argv: list[str]) -> int:
    then = next((NEXT[word] for word in argv if word in NEXT), "nothing was changed")
    return _say(Interrupted(f"interrupted; {then}" if then else "stopped"), argv)


def _help(argv: list[str]) -> str:
    found = next((word for word in argv if word in ORDER), None)
    return f"see `graphfraud {f'{found} ' if found else ''}--help`"


def _say(exc: GraphFraudError, argv: list[str]) -> int:
    """One clear message. With --json: {"error": {"type", "message", "exit_code"}} on the error stream."""
    kind = type(exc).__name__
    if "--json" in argv:
        error = {"type": kind, "message": str(exc), "exit_code": exc.exit_code}
        sys.stderr.write(screen.as_text({"error": error}))
    else:
        head = "" if isinstance(exc, Interrupted) else f"[bold red]{kind}:[/] "
        screen.err().print(f"{head}{escape(str(exc))}", soft_wrap=True)
    return exc.exit_code


def _unexpected(kind: type[BaseException], exc: BaseException, trace: TracebackType | None) -> None:
    """A fault of ours: the traceback goes to a file, the user gets one message."""
    with tempfile.NamedTemporaryFile("w", prefix="graphfraud-", suffix=".log", delete=False, encoding="utf-8") as file:
        traceback.print_exception(kind, exc, trace, file=file)
    screen.err().print(
        f"[bold red]Unexpected {kind.__name__}:[/] {escape(str(exc))}\nThis is a fault of graphfraud. Please report it"
        f" with {Path(file.name)}; published runs are untouched (`graphfraud check`).",
        soft_wrap=True,
    )
