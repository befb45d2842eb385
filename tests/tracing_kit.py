"""The commands of docs/tracing.md, run in their order in a new folder. `python tests/tracing_kit.py` writes them anew.

A block of csv is a file, named in the line before it. In blocks of sh and console a line that begins with `$ ` is run;
what stands under it in a console block is what it prints, with RUN_ID for the run.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

PAGE = Path(__file__).parent.parent / "docs" / "tracing.md"
_BLOCK = re.compile(r"```(csv|sh|console)\n(.*?)```\n", re.S)
_RUN = re.compile(r"\b\d{8}T\d{6}-\d{8}T\d{9}\b")


def made(text: str, folder: Path) -> str:
    """The page with what its commands print today. Raises AssertionError where one fails."""
    with chdir(folder), patch.dict(os.environ):
        os.environ.pop("COLUMNS", None)  # lines as wide as into a file
        return _BLOCK.sub(lambda m: _block(text, m), text)


def _block(text: str, found: re.Match[str]) -> str:
    kind, body = found[1], found[2]
    if kind == "csv":
        name = re.findall(r"`([\w.]+\.csv)`", text[: found.start()])[-1]
        Path(name).write_text(body, encoding="utf-8")
        return found[0]
    out = []
    for line in body.splitlines():
        if line.startswith("$ "):
            shown = list(_said(line.removeprefix("$ ")))
            out += [line, *(shown if kind == "console" else [])]
    return f"```{kind}\n" + "\n".join(out) + "\n```\n"


def _said(line: str) -> Iterator[str]:
    """Run a command; what it prints, without the blanks at the end of lines."""
    from graphfraud.cli.entry import run

    program, *arguments = shlex.split(line, comments=True)
    assert program == "graphfraud", line
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(arguments)
    assert code == 0, f"{line}: {err.getvalue()}"
    for printed in _RUN.sub("RUN_ID", out.getvalue()).splitlines():
        yield printed.rstrip()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as new:
        PAGE.write_text(made(PAGE.read_text(encoding="utf-8"), Path(new)), encoding="utf-8")
