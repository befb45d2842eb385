"""Writing to disk so that a reader, or a job that was killed, never meets half a file."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CHUNK = 4 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)
#: How drivers that give no error number say it: DuckDB, Arrow; the last one is NumPy's short write of an array.
_FULL_TEXT = re.compile(r"No space left on device|Disk quota exceeded|\d+ requested and \d+ written")


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step, safe against power loss: temporary name, fsync, rename, fsync of the folder."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """`write_text` of indented JSON with sorted keys."""
    write_text(path, json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def files_in(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in order of its path."""
    return (p for p in sorted(folder.rglob("*")) if p.is_file())


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of every file below a folder, by relative path."""
    return {p.relative_to(folder).as_posix(): p.stat().st_size for p in files_in(folder)}


def digest(path: Path, sync: bool = False) -> dict[str, Any]:
    """{sha256, size} of a file; `sync` makes its content durable as well. O(bytes)."""
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            found.update(block)
            size += len(block)
        if sync:
            os.fsync(file.fileno())
    return {"sha256": found.hexdigest(), "size": size}


def digests(folder: Path, sync: bool = False) -> dict[str, dict[str, Any]]:
    """`digest` of every file below a folder, by relative path; two at a time."""
    paths = list(files_in(folder))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda p: digest(p, sync), paths))
    if sync:
        for sub in [folder, *(p for p in folder.rglob("*") if p.is_dir())]:
            sync_folder(sub)
    return {p.relative_to(folder).as_posix(): d for p, d in zip(paths, found, strict=True)}


def remove(folder: Path) -> None:
    """Delete a folder and what is in it; nothing happens if it is not there. Can be repeated after a kill."""
    if folder.exists():
        shutil.rmtree(folder)


def disk_full(exc: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that no space is left (drivers say it in words only)."""
    while exc is not None:
        if isinstance(exc, OSError) and exc.errno in _FULL:
            return True
        if _FULL_TEXT.search(str(exc)):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
