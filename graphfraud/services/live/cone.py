"""A cone of statements: the accounts that the money of a trace goes through, fetched from a store hop by hop.

Fetched are, per account, all its transfers and cash movements up to T (going up, where the store has no reversals, up
to the last payment that is asked about): less would not do, as what a payment took of an earlier one depends on every
movement in between and on the balance before. Pooled accounts, merchants and accounts of other banks end a branch and
are not fetched. An account with more payments than `max_degree` is *busy*: it ends the branch, with its count.

What cannot be told from the cone is asked of the store or refused, never guessed: see `Cone.ask`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import SECOND
from graphfraud.core.csr import build_events
from graphfraud.core.facts import FactTables
from graphfraud.core.snapshot import COMPANY, I64, NEVER, PERSON, UNKNOWN, UNSTATED, Accounts
from graphfraud.core.text import TextColumn
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.live.payments import NO_ROW, Payments, Sheet
from graphfraud.settings import Settings
from graphfraud.stores.base import PAYMENT, Direction, Hop, HopLimits, Statement, Statements, StoreStats, Window
from graphfraud.trace.book import GOES_ON, Book
from graphfraud.trace.result import Trace
from graphfraud.trace.rules import END_CODE, End

KINDS = {"person": PERSON, "company": COMPANY}
#: Rows of `stores.base.HOLDING` by account.
Holdings = dict[str, dict[str, Any]]
NIGHTLY = "trace a published run instead (without --live)"


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
    until: dict[int, int] = field(default_factory=dict)  # accounts fetched, up to before this time
    busy: dict[int, int] = field(default_factory=dict)  # accounts with too many payments, and how many
    numbers: dict[str, int] = field(default_factory=dict)  # of the accounts asked for
    _held: Holdings = field(default_factory=dict)
    _alone: str = ""  # an account of which it is open whether it is ours
    _banks: dict[str, bool] = field(default_factory=dict)  # whether one of its accounts was seen

    @classmethod
    def of(cls, store: Readable, settings: Settings, as_of: int, max_degree: int) -> Cone:
        """An empty cone. Two small queries."""
        missing = store.export(as_of).missing
        whole = not {"reversal_of", "type"} <= missing.get("transfers", frozenset())
        tolerance = settings.ingest.leg_tolerance_s * SECOND

        def tell(rows: Sequence[int]) -> pa.Table:
            asked = HopLimits(as_of=as_of, statements=Statements(rows=tuple(rows)))
            return store.expand([], "both", Window(0, as_of + 1), asked).rows

        return cls(store, settings, as_of, max_degree, missing, Payments(whole, tolerance, tell))

    @property
    def end(self) -> int:
        """Nothing from here on is looked at."""
        return self.as_of + 1

    @property
    def reversals(self) -> bool:
        """Whether the store can have reversals: no source without these columns states one."""
        return not {"reversal_of", "type"} <= self._lacks("transfers")

    def _lacks(self, table: str) -> frozenset[str]:
        return self.missing.get(table, frozenset())

    def ask(self, names: Sequence[str], until: Mapping[int, int]) -> None:
        """Fetch the statements of some accounts: by name up to now, by number each up to before a time.

        Raises UsageError where a trace of the cone could differ from that of a nightly run: an account with another
        number (a run joins the two), a payment that a payment between other accounts takes back.
        """
        later = self.payments.tolerance  # a leg may be merged into one that is later by this
        times = {n: self.end if self.reversals else min(t + later, self.end) for n, t in until.items()}
        wanted = Statements(
            dict.fromkeys(names, self.end),
            times,
            whole=self.payments.whole,
            signs="success" not in self._lacks("transfers"),
            undone="reversal_of" not in self._lacks("transfers"),
            seen=not self.settings.bank.ours and "bank" not in self._lacks("accounts"),
            settled=tuple(sorted(bank for bank, seen in self._banks.items() if seen)),
            cards="card_no" not in self._lacks("accounts"),
        )
        limits = HopLimits(max_degree=self.max_degree, as_of=self.as_of, statements=wanted)
        hop = self.store.expand(sorted(names), "both", Window(0, self.end), limits)
        assert hop.statement is not None
        held = [row for row in hop.statement.accounts.to_pylist() if row["number"] is not None]
        self._held |= {row["account_id"]: row for row in held}
        self.numbers |= {row["account_id"]: row["number"] for row in held}
        self.until |= dict.fromkeys((self.numbers[n] for n in names if n in self.numbers), self.end) | times
        self.busy |= {self.numbers[name]: n for name, n in hop.hubs.items()}
        self.payments.add(hop.rows, hop.statement.cash, {row["number"]: row["account_id"] for row in held})
        self._refuse(hop.statement)

    def _refuse(self, found: Statement) -> None:
        other = found.accounts.filter(found.accounts["other_number"])
        if other.num_rows:
            raise UsageError(
                f"account {other['account_id'][0]} goes by another number too, and a live trace does not join the two:"
                f" {NIGHTLY}"
            )
        here = set(self.payments.told["row_id"].to_pylist()) if found.undone else set()
        far = [pair for pair in found.undone if pair[0] not in here]
        if far:
            raise UsageError(
                f"payment {far[0][1]} is taken back by {far[0][0]}, a payment between other accounts: {NIGHTLY}"
            )

    def known(self, account: str) -> None:
        """Raises UnknownId where no fact names the account, UsageError where its statement was not fetched."""
        row, number = self._held.get(account), self.numbers.get(account)
        if number in self.busy:
            raise UsageError(
                f"account {account} has {self.busy[number]:,} payments, more than {self.max_degree:,} are not fetched:"
                f" raise --max-degree, or {NIGHTLY}"
            )
        if row is None or not self.there(account):
            raise UnknownId(f"account {account!r} is not in the store; check the number")
        if row["pooled"] or row["merchant"]:
            kind = "a payment company's" if row["pooled"] else "a merchant's"
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
        found = np.flatnonzero(wanted)
        rows = zip(
            sheet.number[found].tolist(), wanted[found].tolist(), (book.stop[found] == GOES_ON).tolist(), strict=True
        )
        return {
            number: time
            for number, time, goes_on in rows
            if (goes_on or number not in self.until) and self.until.get(number, 0) < min(time, self.end)
        }

    def whole(self) -> frozenset[str]:
        """Accounts whose statement was fetched up to now."""
        names = self.payments.names
        return frozenset(names[n] for n, until in self.until.items() if until == self.end and n not in self.busy)

    def ended(self, book: Book) -> dict[str, int]:
        """Accounts at which money stops because they are busy, and their payments."""
        code, names = END_CODE[End.BUSY], self.payments.names
        found = sorted((names[number], n) for number, n in self.busy.items())
        return {name: n for name, n in found if book.stop[book.account(name)] == code}

    def there(self, account: str) -> bool:
        """Whether some fact names the account, which was asked for."""
        row, number = self._held.get(account), self.numbers.get(account)
        return bool(row and (row["stated"] or row["seen"] or (number is not None and self.payments.moved(number))))

    def shut(self, account: str) -> bool:
        """Whether the account was asked for and its statement is not fetched: busy, pooled or a merchant's."""
        row = self._held[account]
        return row["number"] in self.busy or bool(row["pooled"] or row["merchant"])

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

    def settled(self) -> None:
        """Raises UsageError where the whole cone does not tell whether an account is ours."""
        if self._alone:
            raise UsageError(
                f"whether account {self._alone} is ours cannot be told from the payments around it: {NIGHTLY}"
            )

    def book(self, texts: bool = False) -> tuple[Book, Sheet]:
        """The payments so far. Money stops as busy at accounts that are not fetched: a trace has to ask for them."""
        sheet = self.payments.sheet(texts)
        flows = sheet.flows
        book = Book.over(self._accounts(sheet), flows, build_events(len(sheet.ids), flows.payer, flows.payee))
        held = np.fromiter((number for number in self.until if number not in self.busy), np.int64)
        closed = (book.stop == GOES_ON) & ~np.isin(sheet.number, held)
        return replace(book, stop=np.where(closed, np.int8(END_CODE[End.BUSY]), book.stop)), sheet

    def _accounts(self, sheet: Sheet) -> Accounts:
        """What is known of the accounts of the cone; of one that was not fetched, nothing."""
        n, held = len(sheet.ids), self._held
        place = dict(zip(sheet.number.tolist(), range(n), strict=True))
        names = sorted({row["bank"] for row in held.values() if row["bank"]}, key=str.encode)
        made = Accounts(
            id=sheet.ids,
            holder=np.full(n, UNKNOWN, np.int32),
            kind=np.full(n, UNSTATED, np.int8),
            pooled=np.zeros(n, np.bool_),
            merchant=np.zeros(n, np.bool_),
            open_time=np.full(n, NEVER, np.int64),
            opening_balance=np.zeros(n, np.int64),
            bank=np.full(n, UNKNOWN, np.int32),
            banks=TextColumn.of(names),
            outside=np.zeros(n, np.bool_),
        )
        outside = set(self._outside(held))
        for name, row in held.items():
            code = place[row["number"]]
            made.kind[code] = KINDS.get(row["holder_type"], UNSTATED)
            made.pooled[code], made.merchant[code] = bool(row["pooled"]), bool(row["merchant"])
            made.open_time[code] = NEVER if row["open_time"] is None else row["open_time"]
            made.opening_balance[code] = row["opening_balance"] or 0
            made.bank[code] = names.index(row["bank"]) if row["bank"] else UNKNOWN
            made.outside[code] = name in outside
        return made

    def _outside(self, held: Holdings) -> list[str]:
        """Accounts of other banks, as `nightly/banks.py` tells them. Raises UsageError where nobody can tell.

        An account without a bank is one if feeds name banks, none has a row for it, and it was not seen. As long as the
        cone has no account with a bank it is taken for ours; see `settled`.
        """
        named = {row["bank"] for row in held.values() if row["bank"]}
        ours = set(self.settings.bank.ours) or self._seen(held, named)
        outside = [name for name, row in held.items() if row["bank"] and row["bank"] not in ours]
        alone = [n for n, row in held.items() if not (row["bank"] or row["stated"] or row["seen"])]
        if "bank" in self._lacks("accounts"):
            return outside
        self._alone = "" if named or not alone else alone[0]
        return [*outside, *alone] if named else outside

    def _seen(self, held: Holdings, named: Iterable[str]) -> set[str]:
        """Banks of which an account was seen; the store is asked where no account of the cone tells."""
        self._banks |= {row["bank"]: True for row in held.values() if row["bank"] and row["seen"]}
        unknown = tuple(sorted(set(named) - set(self._banks)))
        if unknown:
            limits = HopLimits(as_of=self.as_of, statements=Statements(banks=unknown))
            found = self.store.expand([], "both", Window(0, self.end), limits).statement
            assert found is not None
            self._banks |= {bank: bank in found.seen_banks for bank in unknown}
        if self._banks and not any(self._banks.values()):
            raise UsageError(f"whether bank {min(self._banks)} is ours cannot be told: set bank.ours, or {NIGHTLY}")
        return {bank for bank, seen in self._banks.items() if seen}
