"""The live run, kept open between requests. A run that is published meanwhile is picked up by the next request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import StoreError


class LiveRuns:
    """Hands out the live run, or another one by id. A run is held open while it is live or a request reads it.

    Held runs are not pruned; a run that is no longer live is closed when its last request ends. Thread-safe.
    """

    def __init__(self, catalogue: RunCatalogue) -> None:
        self._catalogue = catalogue
        self._lock = Lock()
        self._live: PublishedRun | None = None
        self._readers: dict[PublishedRun, int] = {}

    @contextmanager
    def read(self, run_id: str | None = None) -> Iterator[PublishedRun]:
        """A run, open while the block runs. Raises UnknownId, StoreError before the first run."""
        with self._lock:
            run = self._current() if run_id is None else self._catalogue.open(run_id)
            self._readers[run] = self._readers.get(run, 0) + 1
        try:
            yield run
        finally:
            with self._lock:
                self._readers[run] -= 1
                self._release(run)

    def close(self) -> None:
        """Let go of the live run."""
        with self._lock:
            old, self._live = self._live, None
            if old is not None:
                self._release(old)

    def _current(self) -> PublishedRun:
        name = self._catalogue.live_id()
        if name is None:
            raise StoreError("no run has been published here yet; run `graphfraud nightly`")
        if self._live is None or self._live.run_id != name:
            old, self._live = self._live, self._catalogue.open()
            if old is not None:
                self._release(old)
        return self._live

    def _release(self, run: PublishedRun) -> None:
        """Close a run that is neither live nor read. The lock is held."""
        if run is not self._live and not self._readers.get(run):
            self._readers.pop(run, None)
            run.close()
