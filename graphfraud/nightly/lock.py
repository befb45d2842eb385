"""One nightly job per workspace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from graphfraud.core import clock
from graphfraud.errors import StoreBusy
from graphfraud.nightly.atomic import read_json, write_json


def _holder(lock: Path) -> Path:
    return lock.with_name(f"{lock.name}.json")


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold the workspace for one nightly job; released when the process ends, however it ends. Raises StoreBusy."""
    guard = FileLock(lock, timeout=0)
    try:
        guard.acquire()
    except Timeout as exc:
        raise StoreBusy(
            f"another nightly job is at work in this workspace ({_who(lock)}); wait for it to end,"
            " the live run can be read meanwhile"
        ) from exc
    try:
        since = clock.to_micros(datetime.now(UTC))
        write_json(_holder(lock), {"pid": os.getpid(), "since": clock.iso(since)})
        yield
    finally:
        _holder(lock).unlink(missing_ok=True)
        guard.release()


def _who(lock: Path) -> str:
    try:
        raw = read_json(_holder(lock))
        return f"process {raw['pid']}, since {raw['since']}"
    except (OSError, ValueError, KeyError):
        return "it has just started"
