"""The connection to the DuckDB file: one process at a time, driver errors mapped, transactions."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from graphfraud.errors import StoreBusy, StoreError
from graphfraud.settings import StoreSettings


class Session:
    """A DuckDB connection that holds `<path>.lock`; `<path>.holder` says who does, for the one who has to wait."""

    def __init__(self, path: Path, settings: StoreSettings) -> None:
        self.path = path
        self._holder = path.with_name(f"{path.name}.holder")
        self._db: duckdb.DuckDBPyConnection | None = None
        self.named: list[str] = []  # accounts by the numbers that answers gave them
        self._numbers: dict[str, int] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(f"{path}.lock", timeout=settings.lock_wait_s)
            self._lock.acquire()
        except Timeout as exc:
            raise StoreBusy(self._busy(settings.lock_wait_s)) from exc
        except OSError as exc:
            raise StoreError(f"the store {path} cannot be opened: {exc}") from exc
        try:
            self._tell()
            with self.mapped("opening it"):
                self._db = duckdb.connect(str(path), config=_config(path, settings))
        except BaseException:
            self.close()
            raise

    @property
    def db(self) -> duckdb.DuckDBPyConnection:
        if self._db is None:
            raise StoreError(f"the store {self.path} has been closed; read the tables of an export before closing it")
        return self._db

    def number(self, account: str) -> int:
        """Number of an account, good while the store is open."""
        found = self._numbers.setdefault(account, len(self.named))
        if found == len(self.named):
            self.named.append(account)
        return found

    @contextmanager
    def mapped(self, doing: str) -> Iterator[None]:
        """Turn what DuckDB reports into StoreError."""
        try:
            yield
        except duckdb.Error as exc:
            if "lock on file" in str(exc):
                raise StoreBusy(
                    f"another program has the store {self.path} open: {exc}. Close it and run the command again"
                ) from exc
            raise StoreError(
                f"the store {self.path} failed while {doing}: {exc}. Nothing of this call was kept; what was stored"
                " before is still there. `graphfraud check` looks it over"
            ) from exc

    @contextmanager
    def transaction(self, doing: str = "preparing it") -> Iterator[duckdb.DuckDBPyConnection]:
        """All or nothing; whatever is raised inside rolls back."""
        db = self.db
        with self.mapped(doing):
            db.execute("BEGIN TRANSACTION")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with suppress(duckdb.TransactionException):  # a failed COMMIT has rolled back already
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file and let the next one in. Can be called again."""
        try:
            if self._db is not None:
                self._db.close()
        finally:
            self._db = None
            if self._lock.is_locked:
                self._holder.unlink(missing_ok=True)
                self._lock.release()

    def _tell(self) -> None:
        words = [os.path.basename(sys.argv[0] or "python"), *(a for a in sys.argv[1:] if a.isalpha())]
        self._holder.write_text(json.dumps({"pid": os.getpid(), "command": " ".join(words[:2])}), encoding="utf-8")

    def _busy(self, waited: int) -> str:
        try:
            told = json.loads(self._holder.read_text(encoding="utf-8"))
            holder = f"process {told['pid']} (`{told['command']}`)"
        except (OSError, ValueError, KeyError):
            holder = "another process"
        return (
            f"the store {self.path} is in use by {holder}; waited {waited} s for it (setting store.lock_wait_s)."
            " Wait until it has finished and run the command again; reading published runs needs no store"
        )


def _config(path: Path, settings: StoreSettings) -> dict[str, str | bool | int | float | list[str]]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{settings.memory_mb}MiB",
        "temp_directory": f"{path}.tmp",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if settings.threads:
        config["threads"] = settings.threads
    return config
