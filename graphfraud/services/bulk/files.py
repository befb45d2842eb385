"""The CSV files of an import: written in one step, readable by their owner only."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from graphfraud.errors import InputError
from graphfraud.services.bulk.layout import FILES

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left", "File too large", "quota exceeded")  # of DuckDB, which gives no number


def check(out: Path) -> None:
    """Raises InputError where `out` is a file, or a folder with something in it."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; --out names a folder for the files of the import")
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"the folder {out} is not empty; name a new one with --out")


@contextmanager
def folder(out: Path) -> Iterator[Path]:
    """A folder beside `out`, for its owner only, that becomes `out` once it is whole; else nothing is left of it.

    Raises InputError where it cannot be written.
    """
    part = out.absolute().with_name(f".{out.absolute().name}.part")
    try:
        if part.exists():  # of an export that was killed
            shutil.rmtree(part)
        part.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
        yield part
        os.replace(part, out)
    except (OSError, duckdb.Error) as exc:
        raise InputError(_explained(out, exc)) from exc
    finally:
        if part.exists():
            shutil.rmtree(part)


def _explained(out: Path, exc: Exception) -> str:
    """What went wrong, for the user."""
    if getattr(exc, "errno", None) in _FULL or any(words in str(exc) for words in _FULL_WORDS):
        return f"no room for the files in {out}: {_short(exc)}. Nothing of them was kept; choose another --out"
    return f"cannot write the files in {out}: {_short(exc)}. Nothing of them was kept; choose another --out"


def _short(exc: Exception) -> str:
    return getattr(exc, "strerror", None) or " ".join(str(exc).split())[:200]


def private(path: Path) -> Path:
    """A new empty file that only its owner can read."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


class Files:
    """CSV files of `layout.FILES` in a folder, each made with its first rows. RFC 4180: text in quotes, null empty."""

    def __init__(self, into: Path) -> None:
        self.rows: dict[str, int] = {}
        self.multiline = False  # whether a text has a line break
        self._folder = into
        self._writers: dict[str, pcsv.CSVWriter] = {}

    def add(self, name: str, rows: pa.Table) -> None:
        """Rows at the end of a file. O(cells), vectorised."""
        if not rows.num_rows:
            return
        schema = FILES[name]
        if name not in self._writers:
            path = private(self._folder / f"{name}.csv")
            self._writers[name] = pcsv.CSVWriter(path, schema, write_options=pcsv.WriteOptions(include_header=False))
        made = rows.select(schema.names).cast(schema)
        self._writers[name].write_table(made)
        self.rows[name] = self.rows.get(name, 0) + made.num_rows
        texts = (made[f.name] for f in schema if f.type == pa.string())
        self.multiline = self.multiline or any(map(_breaks, texts))

    def close(self) -> None:
        """Write what is still in memory."""
        for writer in self._writers.values():
            writer.close()

    def abandon(self) -> None:
        """Close without caring for what is lost."""
        for writer in self._writers.values():
            with suppress(OSError, pa.ArrowException):
                writer.close()


def _breaks(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, "[\r\n]")).as_py())
