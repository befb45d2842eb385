"""Payments of the statements fetched so far, in order of time.

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
from graphfraud.core.snapshot import CASH_DESK, I32, I64, Flags
from graphfraud.errors import StoreError
from graphfraud.services.live.effective import effective
from graphfraud.services.live.places import Places
from graphfraud.stores.base import CASH_MOVE, MOVED, PAYMENT

#: Columns of `Payments.kept`: number of the row, time, places of payer and payee, amount.
ROW, TIME, PAYER, PAYEE, AMOUNT = range(len(MOVED))
NO_ROW = -1  # of the first cash movement; the next ones follow downwards
ABSENT = -1
_CASH = pa.schema([CASH.schema.field(name) for name in CASH_MOVE])


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
    cash: pa.Table = field(default_factory=_CASH.empty_table)
    _rows: I64 = field(default_factory=_no_rows)  # all, by time, those of equal time as they came
    _numbers: I64 = field(default_factory=lambda: np.array([NO_ROW]))  # of the transfers, in order, after NO_ROW
    _asked: set[int] = field(default_factory=set)  # accounts whose cash is here
    _kept: I64 | None = None

    def add(self, rows: pa.Table, cash: pa.Table, names: Mapping[int, str]) -> I32:
        """What a hop brought, and the accounts that were asked for; the places of these. O(rows log rows)."""
        found = np.stack([rows[name].to_numpy() for name in MOVED])
        new = self._new(found[ROW])
        found = found[:, new]
        if self.whole:
            self.told = pa.concat_tables([self.told, rows.filter(pa.array(new))])
        places = self.accounts.of(np.concatenate([*found[PAYER : PAYEE + 1], np.array(list(names), np.int64)]))
        moved, asked = np.split(places, [2 * found.shape[1]])
        found[PAYER : PAYEE + 1] = moved.reshape(2, -1)
        self._name(names)
        fresh = {names[n]: at for n, at in zip(names, asked.tolist(), strict=True) if n not in self._asked}
        self._asked |= names.keys()
        self._merge(np.concatenate([found, self._paid(cash, fresh)], axis=1))
        return asked

    def _new(self, rows: I64) -> Flags:
        """Which of these transfers are not here; they are from now on."""
        at = np.searchsorted(self._numbers, rows)
        new: Flags = self._numbers[np.minimum(at, len(self._numbers) - 1)] != rows
        if new.any():
            order = np.argsort(rows[new])
            self._numbers = np.insert(self._numbers, at[new][order], rows[new][order])
        return new

    def _paid(self, cash: pa.Table, places: Mapping[str, int]) -> I64:
        """Cash of accounts that were not asked for before; one that was brings the same again."""
        if not cash.num_rows:
            return _no_rows()
        desk = np.array([places.get(account, ABSENT) for account in cash["account"].to_pylist()], np.int64)
        cash, desk = cash.filter(pa.array(desk != ABSENT)), desk[desk != ABSENT]
        row = NO_ROW - np.arange(self.cash.num_rows, self.cash.num_rows + len(desk))
        amount = cash["amount"].to_numpy()
        payer, payee = np.where(amount >= 0, desk, CASH_DESK), np.where(amount >= 0, CASH_DESK, desk)
        self.cash = pa.concat_tables([self.cash, cash])
        return np.stack([row, cash["time"].to_numpy(), payer, payee, np.abs(amount)])

    def _merge(self, found: I64) -> None:
        """Put rows where their times belong, after those of equal time."""
        found = found[:, np.argsort(found[TIME], kind="stable")]
        at = np.searchsorted(self._rows[TIME], found[TIME], side="right")
        self._rows, self._kept = np.insert(self._rows, at, found, axis=1), None

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
        serials = pc.coalesce(self.cash["txn_id"], self.cash["row_id"]).to_pylist()
        return [NO_ROW - at for at, serial in enumerate(serials) if serial == txn]

    def ensure(self, rows: I64) -> bool:
        """Have these transfers told whole, with the names of their accounts. Whether any was not yet."""
        lacking = rows[~np.isin(rows, self.told["row"].to_numpy())]
        found = self.tell(tuple(lacking.tolist())) if len(lacking) else PAYMENT.empty_table()
        self._compare(found, lacking)
        self.told = pa.concat_tables([self.told, found])
        if self.whole:
            found = self.told.filter(pa.array(np.isin(self.told["row"].to_numpy(), rows)))
        for number, name in (("payer_no", "payer"), ("payee_no", "payee")):
            self._name(dict(zip(found[number].to_pylist(), found[name].to_pylist(), strict=True)))
        return len(lacking) > 0

    def _compare(self, told: pa.Table, asked: I64) -> None:
        """Raises StoreError where what is told of transfers is not what their statements said: a copy was used that the
        store no longer keeps to (docs/adr/0026-packed-statements.md).
        """
        here = self._rows[:, np.isin(self._rows[ROW], asked)]
        said = here[: PAYEE + 1, np.argsort(here[ROW])]
        row, time, *sides = (told[name].to_numpy() for name in MOVED[: PAYEE + 1])
        found = np.stack([row, time, *map(self.accounts.of, sides)])
        if not np.array_equal(said, found[:, np.argsort(row)]):
            raise StoreError(
                "the store tells other payments than its packed statements: was the database copied, or changed by"
                " another program? Remove a.statement_rows from its accounts; the next `graphfraud nightly` packs anew"
            )

    def told_at(self, rows: I64) -> I64:
        """Where these rows are told of, −1 where they are not."""
        known = self.told["row"].to_numpy()
        if not len(known):
            return np.full(len(rows), ABSENT)
        order = np.argsort(known)
        at: I64 = order[np.minimum(np.searchsorted(known, rows, sorter=order), len(known) - 1)]
        return np.where(known[at] == rows, at, ABSENT)

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
            self._kept = self._rows if real.all() else self._rows[:, real]
        return self._kept

    def _effective(self) -> Flags:
        return np.isin(self._rows[ROW], effective(self.told, self.tolerance)["row"].to_numpy())

    def _real(self) -> Flags:
        real: Flags = (self._rows[PAYER] != self._rows[PAYEE]) & (self._rows[AMOUNT] > 0)
        near = self._near()
        if len(near):
            self.ensure(near)
            told = self.told.filter(pa.array(np.isin(self.told["row"].to_numpy(), near)))
            legs = np.setdiff1d(near, effective(told, self.tolerance)["row"].to_numpy())
            real &= ~np.isin(self._rows[ROW], legs)
        return real

    def _near(self) -> I64:
        """Rows that could be two legs of one: those of payer, payee and amount of which there are two within the
        tolerance.
        """
        row, time, payer, payee, amount = self._rows[:, self._rows[ROW] > NO_ROW]
        key = payer * 1_000_003 + payee
        key = key * 1_000_003 + amount  # wraps; what it joins wrongly is told apart by effective
        ordered = np.sort(key)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(again):
            return np.zeros(0, np.int64)
        twice = np.flatnonzero(np.isin(key, again))
        order = twice[np.argsort(key[twice], kind="stable")]
        close = (np.diff(key[order]) == 0) & (np.diff(time[order]) <= self.tolerance)
        rows: I64 = row[np.isin(key, key[order][1:][close])]
        return rows


def same_time(time: I64) -> I64:
    """Places in sorted times whose neighbour has the same time."""
    same = np.diff(time) == 0
    if not same.any():
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
