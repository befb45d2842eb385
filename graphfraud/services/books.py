"""The book of a published run: what every trace of it reads, made once and shared by all who ask."""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from graphfraud.core.csr import build_events
from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import Accounts, Flows
from graphfraud.core.text import TextColumn
from graphfraud.trace import RULES, Book, Limits, Starts, ancestors, follow, reach
from graphfraud.trace.balances import balances
from graphfraud.trace.hazard import history

_LOCK = Lock()
_BOOKS: WeakKeyDictionary[PublishedRun, Book] = WeakKeyDictionary()


def book_of(run: PublishedRun) -> Book:
    """The book of a run: the same one as long as the run is open. Thread-safe. O(accounts) the first time."""
    with _LOCK:
        found = _BOOKS.get(run)
        if found is None:
            found = _BOOKS[run] = Book.of(run.snapshot)
        return found


def two_payments() -> Book:
    """A book of a → b → c, its arrays of the types that those of a run have."""
    zero, names = np.zeros(3, np.int64), TextColumn.of(["a", "b", "c"])
    accounts = Accounts(names, np.arange(3, dtype=np.int32), np.zeros(3, np.int8), zero > 0, zero > 0, zero, zero)
    payer, payee = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    amount, serials = np.array([2, 1], np.int64), TextColumn.of(["1", "2"])
    flows = Flows(np.array([1, 2], np.int64), payer, payee, amount, np.zeros(2, np.uint16), serials)
    return Book.over(accounts, flows, build_events(3, payer, payee))


def warm() -> None:
    """Load the kernels of traces and hold plans, compiled the first time, so that the first one takes milliseconds."""
    book = two_payments()
    starts = Starts.of(book, [[book.payment("1")]])
    for rule in RULES:
        follow(book, starts, rule, Limits(), "down")
        follow(book, starts, rule, Limits(), "up")
    reach(book, starts)
    ancestors(book, starts)
    balances(book, np.zeros(1, np.int32))
    history(book, np.zeros(1, np.int32))
