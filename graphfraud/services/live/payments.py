"""Payments of the statements fetched so far, in order of time.

Stores give rows and accounts numbers, which is all that most payments need: serials, channels and names are told of
those that a reversal or a second leg could concern, of those of equal time (serials order them), and of the hops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numba as nb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import CASH_DESK, I32, I64, Flags
from graphfraud.errors import StoreError
from graphfraud.services.live.effective import effective
from graphfraud.services.live.places import ABSENT, Places
from graphfraud.stores.base import MOVED, PAYMENT, CashMove

#: Columns of `Payments.kept`: number of the row, time, places of payer and payee, amount.
ROW, TIME, PAYER, PAYEE, AMOUNT = range(len(MOVED))
NO_ROW = -1  # of the first cash movement; the next ones follow downwards


def _no_rows() -> I64:
    return np.zeros((len(MOVED), 0), np.int64)


@dataclass
class Payments:
    """Transfers and cash, each once. `whole`: every transfer comes whole; else `tell` fetches what is wanted."""

    whole: bool
    tolerance: int  # µs between two legs
    tell: Callable[[Sequence[int]], pa.Table]
    named: dict[str, int] = field(default_factory=dict)  # places of the accounts whose names are told
    accounts: Places = field(default_factory=Places)
    told: pa.Table = field(default_factory=PAYMENT.empty_table)  # the transfers that were told whole
    cash: list[CashMove] = field(default_factory=list)
    _rows: I64 = field(default_factory=_no_rows)  # all, by time, those of equal time as they came
    _transfers: Places = field(default_factory=Places)  # of their rows
    _told: Places = field(default_factory=Places)  # of the rows of `told`
    _asked: set[int] = field(default_factory=set)  # accounts whose cash is here
    _kept: I64 | None = None

    def add(self, rows: pa.Table, cash: Sequence[CashMove], names: Mapping[int, str]) -> I32:
        """What a hop brought, and the accounts that were asked for; the places of these. O(rows log rows)."""
        found = np.stack([rows[name].to_numpy() for name in MOVED])
        before = len(self._transfers)
        new: Flags = self._transfers.of(found[ROW]) >= before
        found = found if new.all() else np.compress(new, found, axis=1)
        if self.whole:
            self._tell(rows.filter(pa.array(new)))
        found[PAYER] = self.accounts.of(found[PAYER])
        found[PAYEE] = self.accounts.of(found[PAYEE])
        asked = self.accounts.of(list(names))
        self._name(names)
        fresh = {names[n]: at for n, at in zip(names, asked.tolist(), strict=True) if n not in self._asked}
        self._asked |= names.keys()
        self._merge(np.concatenate([found, self._paid(cash, fresh)], axis=1) if cash else found)
        return asked

    def _tell(self, rows: pa.Table) -> None:
        self._told.of(rows["row"].to_numpy())
        self.told = pa.concat_tables([self.told, rows])

    def _paid(self, cash: Sequence[CashMove], places: Mapping[str, int]) -> I64:
        """Cash of accounts that were not asked for before; one that was brings the same again."""
        new = [move for move in cash if move.account in places]
        row = NO_ROW - np.arange(len(self.cash), len(self.cash) + len(new))
        self.cash += new
        moved = np.array([(move.time, places[move.account], move.amount) for move in new], np.int64).reshape(-1, 3)
        time, desk, amount = moved.T
        payer, payee = np.where(amount >= 0, desk, CASH_DESK), np.where(amount >= 0, CASH_DESK, desk)
        return np.stack([row, time, payer, payee, np.abs(amount)])

    def _merge(self, found: I64) -> None:
        """Put rows where their times belong, after those of equal time."""
        ordered = np.take(
            found, np.argsort(found[TIME], kind="stable"), axis=1
        )  # by column, as kernels are compiled for
        self._rows, self._kept = _merged(self._rows, ordered), None

    def _name(self, names: Mapping[int, str]) -> None:
        new = {number: name for number, name in names.items() if name not in self.named}
        self.named |= dict(zip(new.values(), self.accounts.of(list(new)).tolist(), strict=True))

    def moved(self, number: int) -> bool:
        """Whether a transfer names the account."""
        transfers = self._rows[:, self._rows[ROW] > NO_ROW]
        return bool((transfers[PAYER : PAYEE + 1] == self.accounts.find(number)).any())

    def into(self, number: int) -> I64:
        """Rows of the transfers into an account."""
        rows: I64 = self._rows[ROW][(self._rows[PAYEE] == self.accounts.find(number)) & (self._rows[ROW] > NO_ROW)]
        return rows

    def serial(self, txn: str, rows: I64) -> list[int]:
        """Those of these transfers, told whole, that have a serial."""
        same = pc.equal(pc.coalesce(self.told["txn_id"], self.told["row_id"]), txn)
        return [row for row in self.told.filter(same)["row"].to_pylist() if row in set(rows.tolist())]

    def paid(self, txn: str) -> list[int]:
        """Rows of the cash movements with a serial."""
        return [NO_ROW - at for at, move in enumerate(self.cash) if serial_of(move) == txn]

    def ensure(self, rows: I64) -> bool:
        """Have these transfers told whole, with the names of their accounts. Whether any was not yet."""
        lacking = rows[self.told_at(rows) == ABSENT]
        found = self.told
        if len(lacking):
            found = self.tell(tuple(lacking.tolist()))
            self._compare(found, lacking)
            self._tell(found)
        if self.whole:
            found = self.told.take(pa.array(self.told_at(rows)))
        elif not len(lacking):
            return False
        for number, name in (("payer_no", "payer"), ("payee_no", "payee")):
            self._name(dict(zip(found[number].to_pylist(), found[name].to_pylist(), strict=True)))
        return len(lacking) > 0

    def _compare(self, told: pa.Table, asked: I64) -> None:
        """Raises StoreError where what is told of transfers is not what their statements said: a copy was used that the
        store no longer keeps to (docs/adr/0026-packed-statements.md).
        """
        wanted = Places()
        wanted.of(asked)
        here = self._rows[:, wanted.at(self._rows[ROW]) != ABSENT]
        said = here[: PAYEE + 1, np.argsort(here[ROW])]
        row, time, *sides = (told[name].to_numpy() for name in MOVED[: PAYEE + 1])
        found = np.stack([row, time, *map(self.accounts.at, sides)])
        if not np.array_equal(said, found[:, np.argsort(row)]):
            raise StoreError(
                "the store tells other payments than its packed statements: was the database copied, or changed by"
                " another program? Remove a.statement_rows from its accounts; the next `graphfraud nightly` packs anew"
            )

    def told_at(self, rows: I64) -> I32:
        """Where these rows are told of, ABSENT where they are not."""
        return self._told.at(rows)

    def tied(self) -> I64:
        """Rows of the transfers that have the time of another payment."""
        kept = self.kept()
        rows: I64 = kept[ROW][same_time(kept[TIME])]
        return rows[rows > NO_ROW]

    def kept(self) -> I64:
        """The rows that are payments (see `effective`) and the cash, by time. Made once a hop."""
        if self._kept is None:
            cash = self._rows[ROW] <= NO_ROW
            real = cash | (self._effective() if self.whole else self._real())
            self._kept = self._rows if real.all() else np.compress(real, self._rows, axis=1)
        return self._kept

    def _effective(self) -> Flags:
        return np.isin(self._rows[ROW], effective(self.told, self.tolerance)["row"].to_numpy())

    def _real(self) -> Flags:
        rows = self._rows
        real: Flags = (rows[PAYER] != rows[PAYEE]) & (rows[AMOUNT] > 0)
        near = rows[ROW, _near(rows, self.tolerance)]
        if len(near):
            self.ensure(near)
            told = self.told.take(pa.array(self.told_at(near)))
            legs = np.setdiff1d(near, effective(told, self.tolerance)["row"].to_numpy())
            real &= ~np.isin(rows[ROW], legs)
        return real


def serial_of(move: CashMove) -> str:
    """The serial of a cash movement, its row_id where none is stated."""
    return move.row_id if move.txn_id is None else move.txn_id


@nb.njit(cache=True, nogil=True)
def _merged(old: I64, new: I64) -> I64:
    """Two tables by time as one; of equal times those of `old` first. O(rows)."""
    n, m = old.shape[1], new.shape[1]
    rows = np.empty((old.shape[0], n + m), np.int64)
    i, j = 0, 0
    for k in range(n + m):
        if j == m or (i < n and old[TIME, i] <= new[TIME, j]):
            for c in range(rows.shape[0]):
                rows[c, k] = old[c, i]
            i += 1
        else:
            for c in range(rows.shape[0]):
                rows[c, k] = new[c, j]
            j += 1
    return rows


@nb.njit(cache=True, nogil=True)
def _near(rows: I64, tolerance: int) -> I64:
    """Transfers that could be two legs of one: all of a payer, payee and amount of which two are within the tolerance.

    `rows` by time. One pass with a hash table, at most half full. O(rows).
    """
    n = rows.shape[1]
    room = 4
    while room < 2 * n:
        room *= 2
    table = np.full(room, -1, np.int32)  # the first of a kind
    first, last = np.empty(n, np.int32), np.empty(n, np.int32)
    close = np.zeros(n, np.bool_)  # by the first of the kind
    found = 0
    for i in range(n):
        if rows[ROW, i] <= NO_ROW:
            continue
        payer, payee, amount = rows[PAYER, i], rows[PAYEE, i], rows[AMOUNT, i]
        key = (payer * 1_000_003 + payee) * 1_000_003 + amount
        at = (key ^ (key >> 29)) & (room - 1)
        while table[at] >= 0:
            one = table[at]
            if rows[PAYER, one] == payer and rows[PAYEE, one] == payee and rows[AMOUNT, one] == amount:
                break
            at = (at + 1) & (room - 1)
        if table[at] < 0:
            table[at] = i
        else:
            close[table[at]] |= rows[TIME, i] - rows[TIME, last[table[at]]] <= tolerance
        first[i] = table[at]
        last[first[i]] = i
        found += 1
    near = np.empty(found, np.int64)
    found = 0
    for i in range(n):
        if rows[ROW, i] > NO_ROW and close[first[i]]:
            near[found] = i
            found += 1
    return near[:found]


def same_time(time: I64) -> I64:
    """Places in sorted times whose neighbour has the same time."""
    same = np.diff(time) == 0
    if not same.any():
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
