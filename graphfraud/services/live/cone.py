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
import pyarrow.compute as pc

from graphfraud.core.clock import SECOND
from graphfraud.core.csr import build_events
from graphfraud.core.facts import FactTables
from graphfraud.core.snapshot import (
    CASH_DESK,
    COMPANY,
    I32,
    I64,
    NEVER,
    PERSON,
    UNKNOWN,
    UNSTATED,
    Accounts,
    CashPlaces,
    Flags,
    Flows,
)
from graphfraud.core.text import TextColumn
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.live.effective import effective
from graphfraud.settings import Settings
from graphfraud.stores.base import Direction, Hop, HopLimits, Statement, Statements, StoreStats, Window
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
    """Statements fetched so far, as known at `as_of`, µs."""

    store: Readable
    settings: Settings
    as_of: int
    max_degree: int
    missing: Mapping[str, frozenset[str]]
    until: dict[str, int] = field(default_factory=dict)  # accounts fetched, up to before this time
    busy: dict[str, int] = field(default_factory=dict)  # accounts with too many payments, and how many
    places: CashPlaces = field(default_factory=CashPlaces)  # of the cash in the book made last
    _held: Holdings = field(default_factory=dict)
    _cash: pa.Table | None = None
    _rows: pa.Table | None = None
    _alone: str = ""  # an account of which it is open whether it is ours
    _banks: dict[str, bool] = field(default_factory=dict)  # whether one of its accounts was seen

    @classmethod
    def of(cls, store: Readable, settings: Settings, as_of: int, max_degree: int) -> Cone:
        """An empty cone. Two small queries."""
        return cls(store, settings, as_of, max_degree, store.export(as_of).missing)

    @property
    def end(self) -> int:
        """Nothing from here on is looked at."""
        return self.as_of + 1

    @property
    def reversals(self) -> bool:
        """Whether the store can have reversals: no source without these columns states one."""
        return not {"reversal_of", "type"} <= self.missing.get("transfers", frozenset())

    @property
    def _apart(self) -> int:
        """Longest time between two legs of a payment, µs: a leg may be merged into one that is later by this."""
        return self.settings.ingest.leg_tolerance_s * SECOND

    def ask(self, until: Mapping[str, int]) -> None:
        """Fetch the statements of some accounts, each up to before a time.

        Raises UsageError where a trace of the cone could differ from that of a nightly run: an account with another
        number (a run joins the two), a payment that a payment between other accounts takes back.
        """
        times = {a: self.end if self.reversals else min(t + self._apart, self.end) for a, t in until.items()}
        lacks = self.missing.get("transfers", frozenset())
        signs = not {"type", "success", "reversal_of"} <= lacks
        wanted = Statements(times, signs, undone="reversal_of" not in lacks)
        limits = HopLimits(max_degree=self.max_degree, as_of=self.as_of, statements=wanted)
        hop = self.store.expand(sorted(times), "both", Window(0, self.end), limits)
        assert hop.statement is not None
        self.until |= times
        self.busy |= hop.hubs
        self._held |= {row["account_id"]: row for row in hop.statement.accounts.to_pylist()}
        self._rows, self._cash = _joined(self._rows, hop.rows), _joined(self._cash, hop.statement.cash)
        self._refuse(hop.statement)

    def _refuse(self, found: Statement) -> None:
        other = found.accounts.filter(found.accounts["other_number"])
        if other.num_rows:
            raise UsageError(
                f"account {other['account_id'][0]} goes by another number too, and a live trace does not join the two:"
                f" {NIGHTLY}"
            )
        here = set() if self._rows is None or not found.undone else set(self._rows["row_id"].to_pylist())
        far = [pair for pair in found.undone if pair[0] not in here]
        if far:
            raise UsageError(
                f"payment {far[0][1]} is taken back by {far[0][0]}, a payment between other accounts: {NIGHTLY}"
            )

    def known(self, account: str) -> None:
        """Raises UnknownId where no fact names the account, UsageError where its statement was not fetched."""
        row = self._held.get(account)
        rows = self._rows
        moved = rows is not None and account in {*rows["payer"].to_pylist(), *rows["payee"].to_pylist()}
        if account in self.busy:
            raise UsageError(
                f"account {account} has {self.busy[account]:,} payments, more than {self.max_degree:,} are not fetched:"
                f" raise --max-degree, or {NIGHTLY}"
            )
        if row is None or not (row["stated"] or row["seen"] or moved):
            raise UnknownId(f"account {account!r} is not in the store; check the number")
        if row["pooled"] or row["merchant"]:
            kind = "a payment company's" if row["pooled"] else "a merchant's"
            raise UsageError(f"account {account} is {kind}: its statement is not fetched; {NIGHTLY}")

    def lacking(self, trace: Trace) -> dict[str, int]:
        """Accounts that money of a trace goes through and whose statements are needed, and up to when."""
        book, hops = trace.book, trace.hops
        account = trace.accounts_of(np.arange(len(hops.flow), dtype=np.int32))
        there = account >= 0
        times = book.flows.time[hops.flow] + 1 if trace.direction == "up" else np.full(len(account), self.end)
        wanted: dict[int, int] = {}
        for code, time in zip(account[there].tolist(), times[there].tolist(), strict=True):
            wanted[code] = max(time, wanted.get(code, 0))
        named = {book.accounts.id[code]: time for code, time in wanted.items()}
        stopped = {book.accounts.id[c] for c in wanted if book.stop[c] != GOES_ON} & self.until.keys()
        return {n: t for n, t in named.items() if n not in stopped and self.until.get(n, 0) < min(t, self.end)}

    def ended(self, book: Book) -> dict[str, int]:
        """Accounts at which money stops because they are busy, and their payments."""
        code = END_CODE[End.BUSY]
        return {name: n for name, n in sorted(self.busy.items()) if book.stop[book.account(name)] == code}

    def told(self) -> None:
        """Raises UsageError where the whole cone does not tell whether an account is ours."""
        if self._alone:
            raise UsageError(
                f"whether account {self._alone} is ours cannot be told from the payments around it: {NIGHTLY}"
            )

    def book(self) -> Book:
        """The payments so far. Money stops as busy at accounts that are not fetched: a trace has to ask for them."""
        assert self._rows is not None
        assert self._cash is not None
        rows, cash = effective(self._rows, self._apart), self._cash
        ids = pc.unique(
            pa.chunked_array(
                [
                    *rows["payer"].chunks,
                    *rows["payee"].chunks,
                    *cash["account"].chunks,
                    pa.array(sorted(self.until), pa.string()),
                ],
                pa.string(),
            )
        )
        ids = ids.take(pc.array_sort_indices(ids))
        flows, self.places = _flows(rows, cash, ids)
        accounts = self._accounts(ids)
        book = Book.over(accounts, flows, build_events(len(ids), flows.payer, flows.payee))
        held = pa.array([name for name in self.until if name not in self.busy], pa.string())
        closed = (book.stop == GOES_ON) & ~pc.is_in(ids, held).to_numpy(zero_copy_only=False)
        return replace(book, stop=np.where(closed, np.int8(END_CODE[End.BUSY]), book.stop))

    def _accounts(self, ids: pa.Array) -> Accounts:
        """What is known of the accounts of the cone; of one that was not fetched, nothing."""
        n, held = len(ids), self._held
        place = {name: code for code, name in enumerate(ids.to_pylist())}
        names = sorted({row["bank"] for row in held.values() if row["bank"]}, key=str.encode)
        made = Accounts(
            id=TextColumn.of(ids),
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
            if (code := place.get(name)) is not None:
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
        cone has no account with a bank it is taken for ours; see `told`.
        """
        named = {row["bank"] for row in held.values() if row["bank"]}
        ours = set(self.settings.bank.ours) or self._seen(held, named)
        outside = [name for name, row in held.items() if row["bank"] and row["bank"] not in ours]
        alone = [n for n, row in held.items() if not (row["bank"] or row["stated"] or row["seen"])]
        if "bank" in self.missing.get("accounts", frozenset()):
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


def _joined(before: pa.Table | None, rows: pa.Table) -> pa.Table:
    """Both, each row_id once."""
    if before is None:
        return rows
    rows = pa.concat_tables([before, rows]).combine_chunks()
    codes = pc.dictionary_encode(rows["row_id"].combine_chunks()).indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    return rows if len(first) == rows.num_rows else rows.take(pa.array(np.sort(first)))


def _codes(values: pa.ChunkedArray, ids: pa.Array) -> I32:
    found: I32 = pc.index_in(values, value_set=ids).to_numpy().astype(np.int32)
    return found


def _flows(rows: pa.Table, cash: pa.Table, ids: pa.Array) -> tuple[Flows, CashPlaces]:
    """Transfers and cash in order of (time, serial), transfers before cash, then row_id: the order of a run."""
    out = cash["amount"].to_numpy() >= 0
    mine, desk = _codes(cash["account"], ids), np.full(cash.num_rows, CASH_DESK, np.int32)
    is_cash: Flags = np.repeat([False, True], [rows.num_rows, cash.num_rows])
    time = np.concatenate([rows["time"].to_numpy(), cash["time"].to_numpy()])
    payer = np.concatenate([_codes(rows["payer"], ids), np.where(out, mine, desk)])
    payee = np.concatenate([_codes(rows["payee"], ids), np.where(out, desk, mine)])
    amount = np.concatenate([rows["amount"].to_numpy(), np.abs(cash["amount"].to_numpy())])
    row_id = pa.chunked_array([*rows["row_id"].chunks, *cash["row_id"].chunks], pa.string())
    txn = pa.chunked_array([*rows["txn_id"].chunks, *cash["txn_id"].chunks], pa.string())
    txn = pc.coalesce(txn, row_id)
    order = _in_order(time, pa.table({"txn": txn, "is_cash": is_cash, "row_id": row_id}))
    codes, channels = _named(rows["channel"])
    channel = np.concatenate([codes, np.full(cash.num_rows, UNKNOWN, np.int32)])
    flows = Flows(
        time[order], payer[order].astype(np.int32), payee[order].astype(np.int32), amount[order],
        np.zeros(len(order), np.uint16), TextColumn.of(txn.take(pa.array(order))), channel[order], channels,
    )  # fmt: skip
    at = np.flatnonzero(order >= rows.num_rows)
    moved = cash.take(pa.array(order[at] - rows.num_rows))
    return flows, CashPlaces(at.astype(np.int32), *_named(moved["terminal"]), *_named(moved["place"]))


def _in_order(time: I64, keys: pa.Table) -> I64:
    """Rows by time, of equal times by the keys: few, so only these are compared."""
    order: I64 = np.argsort(time, kind="stable")
    same = np.diff(time[order]) == 0
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        part = keys.take(pa.array(order[tied])).append_column("time", pa.array(time[order[tied]]))
        by = [(name, "ascending") for name in ("time", *keys.column_names)]
        order[tied] = order[tied][pc.sort_indices(part, by).to_numpy()]
    return order


def _named(values: pa.ChunkedArray) -> tuple[I32, TextColumn]:
    """Codes of names, and the names in order; empty text is no name."""
    names = sorted({name for name in pc.unique(values).to_pylist() if name}, key=str.encode)
    codes = pc.fill_null(pc.index_in(values, value_set=pa.array(names, pa.string())), UNKNOWN).to_numpy()
    return codes.astype(np.int32), TextColumn.of(names)
