"""Several files that belong together, replaced all or none, whenever the process ends.

No system renames several files at once, so the set that was there is first put by whole: hard links in a hidden
folder beside, which appears in one step. Only then the new files take their places, the main one last; in between there
is no main file. If the process is killed there, the next write to the same name begins by putting the old set back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from graphfraud.errors import InputError


@contextmanager
def replacing_set(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Paths to write to; when all are written they become `files` (of one folder, the main one first).

    Raises InputError where a file cannot be written; the set is then as it was before.
    """
    main = files[0]
    folder = next((f for f in files if f.is_dir()), None)
    if folder is not None:
        raise InputError(f"{folder} is a folder; name a file, for example {folder / 'trace.csv'}")
    new, before = (main.with_name(f".{main.name}.{word}") for word in ("part", "before"))
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        put_back(files, before)
        parts = [new / f.name for f in files]
        yield parts
        _put_by(files, before)
        try:
            _put_in(files, parts)
            _drop(before)
        except BaseException:
            put_back(files, before)
            raise
    except OSError as exc:
        raise InputError(f"cannot write {main}: {exc.strerror or exc}; choose another --out") from exc
    finally:
        shutil.rmtree(new, ignore_errors=True)


def put_back(files: Sequence[Path], before: Path) -> None:
    """Undo a replacement that was cut off: the set as it was put by. Where the main file is there, a set is whole."""
    if not before.is_dir():
        return
    for file in [] if files[0].exists() else [*files[1:], files[0]]:
        kept, beside = before / file.name, before / f"{file.name}.back"
        beside.unlink(missing_ok=True)
        if kept.exists():
            _copy(kept, beside)
            os.replace(beside, file)
        else:
            file.unlink(missing_ok=True)
    _drop(before)


def _put_by(files: Sequence[Path], before: Path) -> None:
    """The files that are there, in a folder that is there whole or not at all."""
    making = before.with_name(f"{before.name}.part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    for file in files:
        if file.exists():
            _copy(file, making / file.name)
    os.rename(making, before)


def _put_in(files: Sequence[Path], parts: Sequence[Path]) -> None:
    """The new files; the main one leaves first and comes last."""
    files[0].unlink(missing_ok=True)
    for part, file in [*zip(parts[1:], files[1:], strict=True), (parts[0], files[0])]:
        os.replace(part, file)


def _drop(before: Path) -> None:
    """From the renaming on the old set is not put back any more."""
    gone = before.with_name(f"{before.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    os.rename(before, gone)
    shutil.rmtree(gone, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """A second name of a file, where the file system has such; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
