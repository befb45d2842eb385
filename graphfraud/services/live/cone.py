"""A cone of statements: the accounts that the money of a trace goes through, fetched from a store hop by hop.

Fetched are, per account, all its transfers and cash movements up to T (going up, where the store has no reversals, up
to the last payment that is asked about): less would not do, as what a payment took of an earlier one depends on every
movement in between and on the balance before. Pooled accounts, merchants and accounts of other banks end a branch and
are not fetched. An account with more payments than `max_degree` is *busy*: it ends the branch, with its count.

What cannot be told from the cone is asked of the store or refused, never guessed: see `Cone.ask`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import SECOND
from graphfraud.core.csr import build_events
from graphfraud.core.facts import FactTables
from graphfraud.core.snapshot import CASH_DESK, I32, I64
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.live.holdings import NIGHTLY, Holdings
from graphfraud.services.live.payments import NO_ROW, Payments
from graphfraud.services.live.sheet import Sheet, draft, fair
from graphfraud.settings import Settings
from graphfraud.stores.base import PAYMENT, Direction, Hop, HopLimits, Statement, Statements, StoreStats, Window
from graphfraud.trace.book import GOES_ON, Book
from graphfraud.trace.result import Trace
from graphfraud.trace.rules import END_CODE, End


class Readable(Protocol):
    """What a live trace asks of a store."""

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop: ...

    def export(self, as_of: int) -> FactTables: ...

    def stats(self) -> StoreStats: ...


@dataclass
class Cone:
    """Statements fetched so far, as known at `as_of`, µs. Accounts go by the store's numbers."""

    store: Readable
    settings: Settings
    as_of: int
    max_degree: int
    missing: Mapping[str, frozenset[str]]
    payments: Payments
    holdings: Holdings
    until: dict[int, int] = field(default_factory=dict)  # accounts fetched, up to before this time
    busy: dict[int, int] = field(default_factory=dict)  # accounts with too many payments, and how many
    numbers: dict[str, int] = field(default_factory=dict)  # of the accounts asked for
    _places: I32 = field(default_factory=lambda: np.zeros(0, np.int32))  # of the accounts of `until`

    @classmethod
    def of(cls, store: Readable, settings: Settings, as_of: int, max_degree: int) -> Cone:
        """An empty cone. Two small queries."""
        missing = store.export(as_of).missing
        whole = not {"reversal_of", "type"} <= missing.get("transfers", frozenset())
        tolerance = settings.ingest.leg_tolerance_s * SECOND

        def tell(rows: Sequence[int]) -> pa.Table:
            asked = HopLimits(as_of=as_of, statements=Statements(rows=tuple(rows)))
            return store.expand([], "both", Window(0, as_of + 1), asked).rows

        def seen(banks: tuple[str, ...]) -> frozenset[str]:
            limits = HopLimits(as_of=as_of, statements=Statements(banks=banks))
            found = store.expand([], "both", Window(0, as_of + 1), limits).statement
            assert found is not None
            return found.seen_banks

        named = "bank" not in missing.get("accounts", frozenset())
        held = Holdings(settings.bank.ours, named, seen)
        return cls(store, settings, as_of, max_degree, missing, Payments(whole, tolerance, tell), held)

    @property
    def end(self) -> int:
        """Nothing from here on is looked at."""
        return self.as_of + 1

    def _lacks(self, table: str) -> frozenset[str]:
        return self.missing.get(table, frozenset())

    def ask(self, names: Sequence[str], until: Mapping[int, int]) -> None:
        """Fetch the statements of some accounts: by name up to now, by number each up to before a time.

        Raises UsageError where a trace of the cone could differ from that of a nightly run: an account with another
        number (a run joins the two), a payment that a payment between other accounts takes back.
        """
        later = self.payments.tolerance  # a leg may be merged into one that is later by this
        whole = self.payments.whole  # reversals may be stated: one that comes later takes back what was before
        times = {n: self.end if whole else min(t + later, self.end) for n, t in until.items()}
        wanted = Statements(
            dict.fromkeys(names, self.end),
            times,
            whole=whole,
            signs="success" not in self._lacks("transfers"),
            undone="reversal_of" not in self._lacks("transfers"),
            seen=not self.settings.bank.ours and "bank" not in self._lacks("accounts"),
            settled=self.holdings.settled,
            cards="card_no" not in self._lacks("accounts"),
        )
        limits = HopLimits(max_degree=self.max_degree, as_of=self.as_of, statements=wanted)
        hop = self.store.expand(sorted(names), "both", Window(0, self.end), limits)
        assert hop.statement is not None
        told = {row.number: row.account_id for row in hop.statement.accounts if row.number is not None}
        held = [row for row in hop.statement.accounts if row.number in told]
        self.numbers |= {name: number for number, name in told.items()}
        self.until |= dict.fromkeys((self.numbers[n] for n in names if n in self.numbers), self.end) | times
        self.busy |= {self.numbers[name]: n for name, n in hop.hubs.items()}
        places = self.payments.add(hop.rows, hop.statement.cash, told)
        self.holdings.add(held, places)
        self._places = self.payments.accounts.of(list(self.until))
        self._refuse(hop.statement)

    def _refuse(self, found: Statement) -> None:
        other = [row.account_id for row in found.accounts if row.other_number]
        if other:
            raise UsageError(
                f"account {other[0]} goes by another number too, and a live trace does not join the two: {NIGHTLY}"
            )
        here = set(self.payments.told["row_id"].to_pylist()) if found.undone else set()
        far = [pair for pair in found.undone if pair[0] not in here]
        if far:
            raise UsageError(
                f"payment {far[0][1]} is taken back by {far[0][0]}, a payment between other accounts: {NIGHTLY}"
            )

    def known(self, account: str) -> None:
        """Raises UnknownId where no fact names the account, UsageError where its statement was not fetched."""
        row, number = self.holdings.rows.get(account), self.numbers.get(account)
        if number in self.busy:
            raise UsageError(
                f"account {account} has {self.busy[number]:,} payments, more than {self.max_degree:,} are not fetched:"
                f" raise --max-degree, or {NIGHTLY}"
            )
        if row is None or not self.there(account):
            raise UnknownId(f"account {account!r} is not in the store; check the number")
        if row.pooled or row.merchant:
            kind = "a payment company's" if row.pooled else "a merchant's"
            raise UsageError(f"account {account} is {kind}: its statement is not fetched; {NIGHTLY}")

    def lacking(self, trace: Trace, sheet: Sheet) -> dict[int, int]:
        """Accounts that money of a trace goes through and whose statements are needed, and up to when."""
        book, hops = trace.book, trace.hops
        account = trace.accounts_of(np.arange(len(hops.flow), dtype=np.int32))
        there = account >= 0
        wanted = np.zeros(len(book.stop), np.int64)
        if trace.direction == "up":
            np.maximum.at(wanted, account[there], book.flows.time[hops.flow[there]] + 1)
        else:
            wanted[account[there]] = self.end
        wanted = np.minimum(wanted, self.end)
        until = np.zeros(len(wanted), np.int64)
        until[sheet.rank[self._places]] = list(self.until.values())
        lacking = np.flatnonzero((until < wanted) & ((book.stop == GOES_ON) | (until == 0)))
        return dict(zip(sheet.number[lacking].tolist(), wanted[lacking].tolist(), strict=True))

    def whole(self) -> frozenset[str]:
        """Accounts whose statement was fetched up to now."""
        whole = {n for n, until in self.until.items() if until == self.end and n not in self.busy}
        return frozenset(name for name, number in self.numbers.items() if number in whole)

    def ended(self, book: Book) -> dict[str, int]:
        """Accounts at which money stops because they are busy, and their payments."""
        found = sorted((name, self.busy[number]) for name, number in self.numbers.items() if number in self.busy)
        return {name: n for name, n in found if book.stop[book.account(name)] == END_CODE[End.BUSY]}

    def there(self, account: str) -> bool:
        """Whether some fact names the account, which was asked for."""
        row, number = self.holdings.rows.get(account), self.numbers.get(account)
        return bool(row and (row.stated or row.seen or (number is not None and self.payments.moved(number))))

    def shut(self, account: str) -> bool:
        """Whether the account was asked for and its statement is not fetched: busy, pooled or a merchant's."""
        row = self.holdings.rows[account]
        return row.number in self.busy or bool(row.pooled or row.merchant)

    def by_serial(self, serials: Sequence[str]) -> pa.Table:
        """Transfers by their serials, whole."""
        if not serials:
            return PAYMENT.empty_table()
        asked = HopLimits(as_of=self.as_of, statements=Statements(serials=tuple(serials)))
        return self.store.expand([], "both", Window(0, self.end), asked).rows

    def tell_into(self, account: str) -> None:
        """Have the serials of what came into an account."""
        self.tell(self.payments.into(self.numbers[account]))

    def into(self, account: str, txn: str) -> list[int]:
        """Rows of transfers into an account with a serial, which were told."""
        return self.payments.serial(txn, self.payments.into(self.numbers[account]))

    def tell(self, rows: I64) -> bool:
        """Have these transfers told whole; cash among them is left out. Whether any was not yet."""
        return self.payments.ensure(np.unique(rows[rows > NO_ROW]))

    def draft(self) -> tuple[Book, Sheet]:
        """The payments so far, to see where money goes on to."""
        return self._book(draft(self.payments))

    def book(self) -> tuple[Book, Sheet]:
        """The payments so far in the order of a run, with the texts that were told."""
        return self._book(fair(self.payments))

    def _book(self, sheet: Sheet) -> tuple[Book, Sheet]:
        """Money stops as busy at accounts that are not fetched, for a trace to ask for them; their payments with those
        that are fetched are no statement, so nothing is matched there.
        """
        flows, accounts = sheet.flows, self.holdings.accounts(sheet.ids, sheet.rank)
        fetched = np.zeros(len(accounts) + 1, np.bool_)  # and of CASH_DESK, the last one
        fetched[sheet.rank[self._places]] = [number not in self.busy for number in self.until]
        payer, payee = (np.where(fetched[side], side, np.int32(CASH_DESK)) for side in (flows.payer, flows.payee))
        book = Book.over(accounts, flows, build_events(len(accounts), payer, payee))
        closed = (book.stop == GOES_ON) & ~fetched[:-1]
        return replace(book, stop=np.where(closed, np.int8(END_CODE[End.BUSY]), book.stop)), sheet
