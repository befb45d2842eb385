"""Payments of the statements fetched so far, as the arrays that a trace reads.

Stores give rows and accounts numbers, which is all that most payments need: serials, channels and names are told of
those that a reversal or a second leg could concern, of those of equal time (serials order them), and of the hops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.schemas import CASH
from graphfraud.core.snapshot import CASH_DESK, I32, I64, UNKNOWN, CashPlaces, Flows
from graphfraud.core.text import TextColumn
from graphfraud.services.live.effective import effective
from graphfraud.services.live.places import Places
from graphfraud.stores.base import CASH_MOVE, MOVED, PAYMENT

ROW, TIME, PAYER, PAYEE, AMOUNT = range(len(MOVED))
NO_ROW = -1  # of the first cash movement; the next ones follow downwards
ABSENT = -1
_CASH = pa.schema([CASH.schema.field(name) for name in CASH_MOVE])


@dataclass(frozen=True)
class Sheet:
    """What a book is made of: accounts in order of name, those without one first, and payments in order."""

    ids: TextColumn
    number: I64  # of each account
    rank: I32  # code of the account of each place
    flows: Flows
    row: I64  # of each flow; NO_ROW and below for cash
    places: CashPlaces

    def flow(self, rows: Sequence[int]) -> int:
        """The first payment that is one of these rows, −1 where none moved money. O(payments)."""
        found = np.flatnonzero(np.isin(self.row, np.array(rows, np.int64)))
        return int(found[0]) if len(found) else -1


@dataclass
class Payments:
    """Transfers and cash, each once. `whole`: every transfer comes whole; else `tell` fetches what is wanted."""

    whole: bool
    tolerance: int  # µs between two legs
    tell: Callable[[Sequence[int]], pa.Table]
    names: dict[int, str] = field(default_factory=dict)  # of accounts, as far as they are told
    _moved: I64 = field(default_factory=lambda: np.zeros((len(MOVED), 0), np.int64))
    _sides: I32 = field(default_factory=lambda: np.zeros((2, 0), np.int32))  # places of payers and payees
    _told: pa.Table = field(default_factory=PAYMENT.empty_table)
    _cash: pa.Table = field(default_factory=_CASH.empty_table)
    _paid: I64 = field(default_factory=lambda: np.zeros((2, 0), np.int64))  # times and amounts of cash
    _desk: I32 = field(default_factory=lambda: np.zeros(0, np.int32))  # place of the account of each cash movement
    accounts: Places = field(default_factory=Places)
    _named: list[tuple[bytes, int]] = field(default_factory=list)  # names told, and their places
    _asked: set[int] = field(default_factory=set)  # accounts whose cash is here
    _payments: I64 | None = None  # columns of the transfers that are payments

    @property
    def told(self) -> pa.Table:
        """The transfers that were told whole."""
        return self._told

    def add(self, rows: pa.Table, cash: pa.Table, names: Mapping[int, str]) -> I32:
        """What a hop brought, and the accounts that were asked for; the places of these. O(rows log rows)."""
        found = np.stack([rows[name].to_numpy() for name in MOVED])
        new = ~np.isin(found[ROW], self._moved[ROW])
        found = found[:, new]
        self._moved, self._payments = np.concatenate([self._moved, found], axis=1), None
        places = self.accounts.of(np.concatenate([found[PAYER : PAYEE + 1].ravel(), list(names)]))
        moved, asked = np.split(places, [2 * found.shape[1]])
        self._sides = np.concatenate([self._sides, moved.reshape(2, -1)], axis=1)
        self._name(names)
        if self.whole:
            self._told = pa.concat_tables([self._told, rows.filter(pa.array(new))])
        if cash.num_rows:  # an account asked for again brings the same
            place = {names[n]: at for n, at in zip(names, asked.tolist(), strict=True) if n not in self._asked}
            desk = np.array([place.get(account, ABSENT) for account in cash["account"].to_pylist()], np.int32)
            cash, desk = cash.filter(pa.array(desk != ABSENT)), desk[desk != ABSENT]
            self._cash = pa.concat_tables([self._cash, cash])
            paid = np.stack([cash["time"].to_numpy(), cash["amount"].to_numpy()])
            self._paid, self._desk = np.concatenate([self._paid, paid], axis=1), np.concatenate([self._desk, desk])
        self._asked |= names.keys()
        return asked

    def _name(self, names: Mapping[int, str]) -> None:
        new = {number: name for number, name in names.items() if number not in self.names}
        self.names |= new
        self._named += zip(map(str.encode, new.values()), self.accounts.of(list(new)).tolist(), strict=True)
        self._named.sort()

    def moved(self, number: int) -> bool:
        """Whether a transfer names the account."""
        return bool((self._moved[PAYER : PAYEE + 1] == number).any())

    def into(self, number: int) -> I64:
        """Rows of the transfers into an account."""
        rows: I64 = self._moved[ROW][self._moved[PAYEE] == number]
        return rows

    def serial(self, txn: str, rows: I64) -> list[int]:
        """Those of these transfers, told whole, that have a serial."""
        same = pc.equal(pc.coalesce(self._told["txn_id"], self._told["row_id"]), txn)
        return [row for row in self._told.filter(same)["row"].to_pylist() if row in set(rows.tolist())]

    def cash(self, txn: str) -> list[int]:
        """Rows of the cash movements with a serial."""
        serials = pc.coalesce(self._cash["txn_id"], self._cash["row_id"]).to_pylist()
        return [NO_ROW - at for at, serial in enumerate(serials) if serial == txn]

    def ensure(self, rows: I64) -> bool:
        """Have these transfers told whole, with the names of their accounts. Whether any was not yet."""
        lacking = rows[~np.isin(rows, self._told["row"].to_numpy())]
        if len(lacking):
            self._told = pa.concat_tables([self._told, self.tell(tuple(lacking.tolist()))])
        told = self._told.filter(pa.array(np.isin(self._told["row"].to_numpy(), rows)))
        for number, name in (("payer_no", "payer"), ("payee_no", "payee")):
            self._name(dict(zip(told[number].to_pylist(), told[name].to_pylist(), strict=True)))
        return len(lacking) > 0

    def sheet(self, texts: bool = False) -> Sheet:
        """The payments that moved money, in order of (time, serial), transfers before cash, then row_id: as in a run.

        Serials, channels, terminals and places only with `texts`; without, payments of equal time that share no
        account may stand in another order, which changes nothing but their numbers. O(payments · log payments).
        """
        kept = self._kept()
        rows, cash = self._moved[ROW][kept], self._paid
        time = np.concatenate([self._moved[TIME][kept], cash[0]])
        order = self._order(time, kept, texts)
        ids, rank = self._ranked()
        number = self.accounts.number[np.argsort(rank)]
        out, mine = cash[1] >= 0, rank[self._desk]
        payer = np.concatenate([rank[self._sides[0][kept]], np.where(out, mine, np.int32(CASH_DESK))])[order]
        payee = np.concatenate([rank[self._sides[1][kept]], np.where(out, np.int32(CASH_DESK), mine)])[order]
        amount = np.concatenate([self._moved[AMOUNT][kept], np.abs(cash[1])])[order]
        row = np.concatenate([rows, NO_ROW - np.arange(cash.shape[1])])[order]
        untagged = np.zeros(len(order), np.uint16)
        if not texts:
            none = TextColumn(np.zeros(0, np.uint8), np.zeros(len(order) + 1, np.int64))
            return Sheet(ids, number, rank, Flows(time[order], payer, payee, amount, untagged, none), row, CashPlaces())
        txn, channel, places = self._texts(rows, order)
        flows = Flows(time[order], payer, payee, amount, untagged, txn, *channel)
        return Sheet(ids, number, rank, flows, row, places)

    def _kept(self) -> I64:
        """Columns of the transfers that are payments, see `effective`. Made once a hop."""
        if self._payments is None:
            self._payments = self._made()
        return self._payments

    def _made(self) -> I64:
        if self.whole:
            kept = effective(self._told, self.tolerance)["row"].to_numpy()
            return np.flatnonzero(np.isin(self._moved[ROW], kept))
        real = (self._moved[PAYER] != self._moved[PAYEE]) & (self._moved[AMOUNT] > 0)
        near = self._moved[ROW][self._near()]
        if len(near):
            self.ensure(near)
            told = self._told.filter(pa.array(np.isin(self._told["row"].to_numpy(), near)))
            legs = np.setdiff1d(near, effective(told, self.tolerance)["row"].to_numpy())
            real &= ~np.isin(self._moved[ROW], legs)
        return np.flatnonzero(real)

    def _near(self) -> I64:
        """Columns of the transfers that could be two legs of one: those of payer, payee and amount of which there are
        two within the tolerance.
        """
        _, time, payer, payee, amount = self._moved
        key = payer * 1_000_003 + payee
        key = key * 1_000_003 + amount  # wraps; what it joins wrongly is told apart by effective
        ordered = np.sort(key)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(again):
            return np.zeros(0, np.int64)
        twice = np.flatnonzero(np.isin(key, again))
        order = twice[np.lexsort((time[twice], key[twice]))]
        close = (np.diff(key[order]) == 0) & (np.diff(time[order]) <= self.tolerance)
        return np.flatnonzero(np.isin(key, key[order][1:][close]))

    def tied(self) -> I64:
        """Rows of the transfers that have the time of another payment."""
        kept = self._kept()
        time = np.concatenate([self._moved[TIME][kept], self._paid[0]])
        order = np.argsort(time, kind="stable")
        among = order[_tied(time[order])]
        rows: I64 = self._moved[ROW][kept[among[among < len(kept)]]]
        return rows

    def _order(self, time: I64, kept: I64, strict: bool) -> I64:
        """Payments by time; of equal times by serial: few, so only these are told and compared."""
        order: I64 = np.argsort(time, kind="stable")
        tied = _tied(time[order])
        if not len(tied):
            return order
        among: I64 = order[tied]
        n, cash, rows = len(kept), self._cash, self._moved[ROW][kept]
        sharing = among if strict else self._sharing(time, kept, among)
        if not len(sharing):
            return order
        moved, paid = among[among < n], among[among >= n] - n
        self.ensure(rows[sharing[sharing < n]])
        at = self._told_at(rows[moved])
        place = pa.array(at, mask=at == ABSENT)
        serial, row_id = (
            pa.chunked_array(
                [*self._told[name].take(place).chunks, *cash[name].take(pa.array(paid)).chunks], pa.string()
            )
            for name in ("txn_id", "row_id")
        )
        which = np.concatenate([moved, paid + n])
        keys = pa.table({"time": time[which], "txn": pc.coalesce(serial, row_id), "cash": which >= n, "row_id": row_id})
        order[tied] = which[pc.sort_indices(keys, [(name, "ascending") for name in keys.column_names]).to_numpy()]
        return order

    def _sharing(self, time: I64, kept: I64, among: I64) -> I64:
        """Those of some payments that have an account and the time in common with another one of them."""
        n = len(kept)
        moved, paid = among[among < n], among[among >= n]
        places = np.concatenate([*self._sides[:, kept[moved]], self._desk[paid - n]])
        which = np.concatenate([moved, moved, paid])
        order = np.lexsort((places, time[which]))
        same = (np.diff(time[which][order]) == 0) & (np.diff(places[order]) == 0)
        return np.unique(which[order[np.append(same, False) | np.insert(same, 0, False)]])

    def _ranked(self) -> tuple[TextColumn, I32]:
        """Names of accounts in order, those without one first; the code of each place."""
        n, named = len(self.accounts), len(self._named)
        last = np.array([place for _, place in self._named], np.int32)
        rank = np.zeros(n, np.int32)
        rank[last] = -1
        rank[rank == 0] = np.arange(n - named, dtype=np.int32)
        rank[last] = np.arange(n - named, n, dtype=np.int32)
        ends = np.cumsum([0, *(len(name) for name, _ in self._named)], dtype=np.int64)
        data = np.frombuffer(b"".join(name for name, _ in self._named), np.uint8)
        return TextColumn(data, np.concatenate([np.zeros(n - named, np.int64), ends])), rank

    def _told_at(self, rows: I64) -> I64:
        """Where these rows are told of, −1 where they are not."""
        known = self._told["row"].to_numpy()
        if not len(known):
            return np.full(len(rows), ABSENT)
        order = np.argsort(known)
        at: I64 = order[np.minimum(np.searchsorted(known, rows, sorter=order), len(known) - 1)]
        return np.where(known[at] == rows, at, ABSENT)

    def _texts(self, rows: I64, order: I64) -> tuple[TextColumn, tuple[I32, TextColumn], CashPlaces]:
        """Serials and channels of payments in order, empty where they are not told; where cash was moved."""
        n, cash = len(rows), self._cash
        at = self._told_at(rows)
        place = pa.array(at, mask=at == ABSENT)
        serial = _flat(pc.coalesce(self._told["txn_id"], self._told["row_id"])).take(place)
        txn = pa.concat_arrays([serial, _flat(pc.coalesce(cash["txn_id"], cash["row_id"]))])
        codes, named = _named(_flat(self._told["channel"]).take(place))
        codes = np.concatenate([codes, np.full(cash.num_rows, UNKNOWN, np.int32)])
        flow = np.flatnonzero(order >= n)
        moved = cash.take(pa.array(order[flow] - n))
        places = CashPlaces(flow.astype(np.int32), *_named(_flat(moved["terminal"])), *_named(_flat(moved["place"])))
        return TextColumn.of(txn.take(pa.array(order))), (codes[order], named), places


def _tied(time: I64) -> I64:
    """Places in sorted times whose neighbour has the same time."""
    same = np.diff(time) == 0
    if not same.any():
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _named(values: pa.Array) -> tuple[I32, TextColumn]:
    """Codes of names, and the names in order; empty text is no name."""
    if values.null_count == len(values):
        return np.full(len(values), UNKNOWN, np.int32), TextColumn(np.zeros(0, np.uint8), np.zeros(1, np.int64))
    names = sorted({name for name in pc.unique(values).to_pylist() if name}, key=str.encode)
    codes = pc.fill_null(pc.index_in(values, value_set=pa.array(names, pa.string())), UNKNOWN).to_numpy()
    return codes.astype(np.int32), TextColumn.of(names)
