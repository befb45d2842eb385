"""The payments fetched so far as the arrays that a trace reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import CASH_DESK, I32, I64, UNKNOWN, CashPlaces, Flows
from graphfraud.core.text import TextColumn
from graphfraud.services.live.payments import AMOUNT, NO_ROW, PAYEE, PAYER, ROW, TIME, Payments, same_time, serial_of
from graphfraud.services.live.places import ABSENT


@dataclass(frozen=True)
class Sheet:
    """What a book is made of: accounts, and payments in order of time. See `draft` and `fair`, the fair copy."""

    ids: TextColumn
    number: I64  # of each account
    rank: I32  # code of the account of each place
    flows: Flows
    row: I64  # of each flow; NO_ROW and below for cash
    places: CashPlaces
    named: Mapping[str, int]  # places of the accounts whose names are told

    def flow(self, rows: Sequence[int]) -> int:
        """The first payment that is one of these rows, −1 where none moved money. O(payments)."""
        found = np.flatnonzero(np.isin(self.row, np.array(rows, np.int64)))
        return int(found[0]) if len(found) else -1

    def account(self, name: str) -> int:
        """Code of an account, −1 where no name told is this one."""
        return int(self.rank[self.named[name]]) if name in self.named else -1


def draft(payments: Payments) -> Sheet:
    """What finding the next accounts takes: no texts, payments of equal time in any order. O(payments)."""
    rows, n = payments.kept(), len(payments.accounts)
    names = TextColumn(np.zeros(0, np.uint8), np.zeros(n + 1, np.int64))
    rank = np.arange(n, dtype=np.int32)
    flows = _flows(rows, rows[PAYER], rows[PAYEE])
    return Sheet(names, payments.accounts.number, rank, flows, rows[ROW], CashPlaces(), payments.named)


def fair(payments: Payments) -> Sheet:
    """As a run has it: payments in order of (time, serial), transfers before cash, then row_id, with their texts;
    accounts in order of name, those without one first. O(payments · log payments).
    """
    rows = payments.kept()
    tied = same_time(rows[TIME])
    if len(tied):
        rows = np.take(rows, _by_serial(payments, rows, tied), axis=1)
    ids, rank = _ranked(payments)
    coded = np.append(rank, np.int32(CASH_DESK))  # of CASH_DESK, the last one
    txn, channel, places = _texts(payments, rows[ROW])
    flows = replace(
        _flows(rows, coded[rows[PAYER]], coded[rows[PAYEE]]), txn=txn, channel=channel[0], channels=channel[1]
    )
    number = payments.accounts.number[np.argsort(rank)]
    return Sheet(ids, number, rank, flows, rows[ROW], places, payments.named)


def _flows(rows: I64, payer: I64 | I32, payee: I64 | I32) -> Flows:
    n = rows.shape[1]
    none = TextColumn(np.zeros(0, np.uint8), np.zeros(n + 1, np.int64))
    sides = payer.astype(np.int32), payee.astype(np.int32)
    return Flows(rows[TIME], *sides, rows[AMOUNT], np.zeros(n, np.uint16), none)


def _by_serial(payments: Payments, rows: I64, among: I64) -> I64:
    """The order of all payments in which these, whose texts are told for it, stand by serial among those of a time."""
    row = rows[ROW, among]
    cash = row <= NO_ROW
    moved, paid = row[~cash], [payments.cash[at] for at in (NO_ROW - row[cash]).tolist()]
    payments.ensure(np.unique(moved))
    told = payments.told.take(pa.array(payments.told_at(moved)))
    serial = [*pc.coalesce(told["txn_id"], told["row_id"]).to_pylist(), *map(serial_of, paid)]
    row_id = [*told["row_id"].to_pylist(), *(move.row_id for move in paid)]
    which = np.concatenate([among[~cash], among[cash]])
    order = np.arange(rows.shape[1])
    keys = zip(rows[TIME, which].tolist(), serial, np.sort(cash).tolist(), row_id, which.tolist(), strict=True)
    order[among] = [at for *_, at in sorted((t, a.encode(), c, b.encode(), at) for t, a, c, b, at in keys)]
    return order


def _ranked(payments: Payments) -> tuple[TextColumn, I32]:
    """Names of accounts in order, those without one first; the code of each place."""
    named = sorted((name.encode(), place) for name, place in payments.named.items())
    last = np.array([place for _, place in named], np.int32)
    n, without = len(payments.accounts), len(payments.accounts) - len(named)
    other = np.ones(n, np.bool_)
    other[last] = False
    first = np.flatnonzero(other).astype(np.int32)
    rank = np.empty(n, np.int32)
    rank[np.concatenate([first, last])] = np.arange(n, dtype=np.int32)
    ends = np.cumsum([0, *(len(name) for name, _ in named)], dtype=np.int64)
    data = np.frombuffer(b"".join(name for name, _ in named), np.uint8)
    return TextColumn(data, np.concatenate([np.zeros(without, np.int64), ends])), rank


def _texts(payments: Payments, row: I64) -> tuple[TextColumn, tuple[I32, TextColumn], CashPlaces]:
    """Serials and channels of payments, empty where they are not told; where cash was moved."""
    at = payments.told_at(row)
    here, flow = np.flatnonzero(at != ABSENT), np.flatnonzero(row <= NO_ROW)
    told = payments.told.take(pa.array(at[here]))
    moved = [payments.cash[at] for at in (NO_ROW - row[flow]).tolist()]
    serials = [""] * len(row)
    for place, serial in zip(here.tolist(), pc.coalesce(told["txn_id"], told["row_id"]).to_pylist(), strict=True):
        serials[place] = serial
    for place, move in zip(flow.tolist(), moved, strict=True):
        serials[place] = serial_of(move)
    channel, (codes, channels) = np.full(len(row), UNKNOWN, np.int32), _named(told["channel"].to_pylist())
    channel[here] = codes
    terminals, places = _named([move.terminal for move in moved]), _named([move.place for move in moved])
    return TextColumn.of(serials), (channel, channels), CashPlaces(flow.astype(np.int32), *terminals, *places)


def _named(values: Sequence[str | None]) -> tuple[I32, TextColumn]:
    """Codes of names, and the names in order; empty text is no name."""
    names = sorted({name for name in values if name}, key=str.encode)
    codes = {name: code for code, name in enumerate(names)}
    return np.array([codes.get(name or "", UNKNOWN) for name in values], np.int32), TextColumn.of(names)
