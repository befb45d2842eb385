"""A trace of what a store holds now, without a nightly run: statements are fetched hop by hop, then followed as ever.

The answer is that of a run of the same moment, to the fen: the same hops, ends and certificate, under every rule and
both ways (tests compare them), but that accounts with more payments than `max_degree` end a branch (*busy*, counted).
Failed payments, reversals and second legs of statements are treated as a run treats them. What a live trace does not
do is refused, never answered otherwise: accounts that go by two numbers, payments that are taken back by one between
other accounts, banks of which nobody can tell whether they are ours, starts at merchants, payment companies and busy
accounts. It knows no scores, levels, rings or layers: those are a run's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphfraud.core.snapshot import CashPlaces
from graphfraud.errors import UsageError
from graphfraud.services.live.cone import Cone, Readable
from graphfraud.services.live.start import Start, begin
from graphfraud.settings import Settings
from graphfraud.stores.base import MAX_DEGREE
from graphfraud.trace import Direction, Limits, Rule, Starts, Trace, follow

__all__ = ["MAX_DEGREE", "Asked", "Live", "Readable", "known_until", "trace"]


@dataclass(frozen=True)
class Asked:
    """What is traced, under which rule, and other rules whose traces are wanted beside. See `start.Start`."""

    rule: Rule
    direction: Direction = "down"
    limits: Limits = field(default_factory=Limits)
    account: str | None = None
    since: int | None = None
    until: int | None = None
    origins: Sequence[Sequence[tuple[str, str]]] = ()
    max_degree: int = MAX_DEGREE
    txn: str | None = None
    case_no: str | None = None
    referral_id: str | None = None
    beside: tuple[Rule, ...] = ()

    @property
    def start(self) -> Start:
        return Start(self.account, self.since, self.until, self.origins, self.txn, self.case_no, self.referral_id)


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
    traces: Mapping[Rule, Trace]  # under every rule that was asked
    whole: frozenset[str] = frozenset()  # accounts whose statement reaches up to now
    reports: Mapping[int, list[str]] = field(default_factory=dict)  # per payment the referrals that were asked about


def known_until(store: Readable, referrals: bool = False) -> int:
    """The latest known_at among transfers and cash (and referrals): T of a run now.

    Raises UsageError for a store without payments.
    """
    known = store.stats().max_known_at
    if known.get("transfers") is None and known.get("cash") is None:
        raise UsageError("the store holds no payments; load some with `graphfraud ingest`")
    tables = ("transfers", "cash", *(("referrals", "withdrawals") if referrals else ()))
    return max(t for t in map(known.get, tables) if t is not None)


def trace(store: Readable, settings: Settings, asked: Asked, as_of: int | None = None) -> Live:
    """Follow money through the facts of a store known at `as_of` (default: now). One batched query a hop.

    Raises UnknownId for an account or payment that is not there; UsageError for what a live trace refuses.
    """
    if asked.max_degree < 1:
        raise UsageError(f"max-degree is {asked.max_degree}; it is the greatest number of payments, at least 1")
    reported = asked.case_no is not None or asked.referral_id is not None
    until = known_until(store, reported) if as_of is None else as_of
    cone = Cone.of(store, settings, until, asked.max_degree)
    make = begin(cone, asked.start)
    rounds, drafting = 1, True
    while True:
        book, sheet = cone.draft() if drafting else cone.book()
        starts = make.starts(book, sheet)
        traces = {r: follow(book, starts, r, asked.limits, asked.direction) for r in (asked.rule, *asked.beside)}
        lacking: dict[int, int] = {}
        for found in traces.values():
            for number, time in cone.lacking(found, sheet).items():
                lacking[number] = max(time, lacking.get(number, 0))
        if lacking:
            cone.ask([], lacking)
            rounds += 1
            continue
        rows = [cone.payments.tied(), *(sheet.row[found.hops.flow] for found in traces.values())]
        if not (cone.tell(np.concatenate(rows)) or drafting):
            break
        drafting = False  # payments of equal time now stand by serial: their lots, and so the hops, may be others
    cone.holdings.settle()
    return Live(
        traces[asked.rule], starts, cone.as_of, len(cone.until), rounds, sheet.places, cone.ended(book), traces,
        cone.whole(), make.reports,
    )  # fmt: skip
