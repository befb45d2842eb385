"""A trace of what a store holds now, without a nightly run: statements are fetched hop by hop, then followed as ever.

The answer is that of a run of the same moment, to the fen: the same hops, ends and certificate, under every rule and
both ways (tests compare them), but that accounts with more payments than `max_degree` end a branch (*busy*, counted).
Failed payments, reversals and second legs of statements are treated as a run treats them. What a live trace does not
do is refused, never answered otherwise: accounts that go by two numbers, payments that are taken back by one between
other accounts, banks of which nobody can tell whether they are ours, starts at merchants, payment companies and busy
accounts. It knows no scores, levels, rings or layers: those are a run's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from graphfraud.core.snapshot import I32, CashPlaces
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.live.cone import Cone, Readable
from graphfraud.settings import Settings
from graphfraud.trace import Book, Direction, Limits, Rule, Starts, Trace, follow

__all__ = ["MAX_DEGREE", "Asked", "Live", "Readable", "known_until", "trace"]

MAX_DEGREE = 1_000  # payments of an account that are fetched


@dataclass(frozen=True)
class Asked:
    """What is traced: the money that came into `account` in [since, until), µs, or `origins`: per origin payments as
    (account that received it, serial).
    """

    rule: Rule
    direction: Direction = "down"
    limits: Limits = field(default_factory=Limits)
    account: str | None = None
    since: int | None = None
    until: int | None = None
    origins: Sequence[Sequence[tuple[str, str]]] = ()
    max_degree: int = MAX_DEGREE


@dataclass(frozen=True)
class Live:
    """A trace, what it started from, and what was fetched for it."""

    trace: Trace
    starts: Starts
    as_of: int
    accounts: int  # whose statements were fetched
    rounds: int
    places: CashPlaces  # of the cash in the trace's book
    busy: dict[str, int]  # accounts that were not fetched, and their payments


def known_until(store: Readable) -> int:
    """The latest known_at among transfers and cash: T of a run now. Raises UsageError for a store without payments."""
    known = store.stats().max_known_at
    times = [t for t in (known.get("transfers"), known.get("cash")) if t is not None]
    if not times:
        raise UsageError("the store holds no payments; load some with `graphfraud ingest`")
    return max(times)


def trace(store: Readable, settings: Settings, asked: Asked, as_of: int | None = None) -> Live:
    """Follow money through the facts of a store known at `as_of` (default: now). One batched query a hop.

    Raises UnknownId for an account or payment that is not there; UsageError for what a live trace refuses.
    """
    if asked.max_degree < 1:
        raise UsageError(f"max-degree is {asked.max_degree}; it is the greatest number of payments, at least 1")
    cone = Cone.of(store, settings, known_until(store) if as_of is None else as_of, asked.max_degree)
    first = [asked.account] if asked.account is not None else [a for o in asked.origins for a, _ in o]
    cone.ask(dict.fromkeys(first, cone.end))
    for account in first:
        cone.known(account)
    rounds = 1
    while True:
        book = cone.book()
        starts = _starts(book, asked)
        found = follow(book, starts, asked.rule, asked.limits, asked.direction)
        lacking = cone.lacking(found)
        if not lacking:
            cone.told()
            return Live(found, starts, cone.as_of, len(cone.until), rounds, cone.places, cone.ended(book))
        cone.ask(lacking)
        rounds += 1


def _starts(book: Book, asked: Asked) -> Starts:
    if asked.account is not None:
        return Starts.into(book, book.account(asked.account), asked.since, asked.until)
    return Starts.of(book, [[_payment(book, account, txn) for account, txn in origin] for origin in asked.origins])


def _payment(book: Book, account: str, txn: str) -> int:
    """Number of a payment into an account. Raises UnknownId."""
    code = book.account(account)
    mine: I32 = book.events.flow[book.events.ptr[code] : book.events.ptr[code + 1]]
    for flow in mine[np.asarray(book.flows.payee[mine] == code)].tolist():
        if book.flows.txn[flow] == txn:
            return int(flow)
    raise UnknownId(
        f"no payment {txn!r} into account {account} moved money: it is unknown, was reversed, failed, or is the second"
        " leg of another one"
    )
