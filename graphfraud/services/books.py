"""The book of a published run: what every trace of it reads, made once and shared by all who ask."""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

from graphfraud.core.runs import PublishedRun
from graphfraud.trace.book import Book

_LOCK = Lock()
_BOOKS: WeakKeyDictionary[PublishedRun, Book] = WeakKeyDictionary()


def book_of(run: PublishedRun) -> Book:
    """The book of a run: the same one as long as the run is open. Thread-safe. O(accounts) the first time."""
    with _LOCK:
        found = _BOOKS.get(run)
        if found is None:
            found = _BOOKS[run] = Book.of(run.snapshot)
        return found
