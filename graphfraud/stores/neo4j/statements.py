"""Statements of accounts for `expand`: everything that makes their balances, in one round trip.

Numbers of rows and accounts are the server's internal ones, which come without reading a property. They may be given to
other rows after a deletion, so they are used within a trace only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from neo4j import Record

from graphfraud.stores.base import (
    MOVED,
    PAYMENT,
    CashMove,
    Holding,
    Hop,
    HopLimits,
    Statement,
    Statements,
    Window,
)
from graphfraud.stores.neo4j.packed import I64, Opened, opened
from graphfraud.stores.neo4j.session import Session

PARALLEL = 64  # accounts from which on a batch is halved
_MOVED = pa.schema([PAYMENT.field(name) for name in MOVED])


def statements(session: Session, accounts: Sequence[str], window: Window, limits: HopLimits, asked: Statements) -> Hop:
    """See `GraphStore.expand`. One seek an account, its transfers and its cash."""
    known = {"as_of": (1 << 63) - 1 if limits.as_of is None else limits.as_of, "end": window.end}
    if asked.rows or asked.serials:
        return Hop(_told(session, asked, known), {}, Statement())
    wanted: list[list[Any]] = [
        [a, None, min(window.end, asked.until.get(a, window.end))] for a in sorted(set(accounts))
    ]
    wanted += [[None, n, min(window.end, until)] for n, until in sorted(asked.numbers.items())]
    how: dict[str, Any] = {
        "whole": asked.whole,
        "signs": asked.signs and not asked.whole,
        "seen": asked.seen,
        "cards": asked.cards,
        "settled": list(asked.settled),
    }
    bounds = {"start": window.start, "min_amount": limits.min_amount, "max_degree": limits.max_degree}
    parts = _read(session, wanted, bounds | known | how, window) if wanted else []
    found, told = [part for part, _ in parts], [packed for _, packed in parts]
    described: list[list[Any]] = [one for part in found for one in part["accounts"]]
    held = [Holding(number, name, *holding) for name, number, _, _, holding in described]
    cash = [CashMove(move[0], name, *move[1:]) for name, _, _, moves, _ in described for move in moves]
    if asked.whole:
        rows = _whole(found, {one.number: one.account_id for one in held})
    else:
        rows = _brief(found, told, limits.min_amount, asked.signs)
    banks = (
        session.ask("read/store_banks_seen", "looking up banks", banks=list(asked.banks), **known)
        if asked.banks
        else []
    )
    return Hop(
        rows,
        dict(sorted((name, degree) for name, _, degree, *_ in described if degree > limits.max_degree)),
        Statement(
            [*cash, *chain.from_iterable(one.cash for one in told)],
            [*held, *chain.from_iterable(one.accounts for one in told)],
            _undone(session, rows, known) if asked.undone and rows.num_rows else (),
            frozenset(r["bank"] for r in banks),
        ),
    )


def _read(
    session: Session, wanted: list[list[Any]], bounds: dict[str, Any], window: Window
) -> list[tuple[Record, Opened]]:
    """Statements of accounts, a large batch in two halves at a time: the server reads with two of its cores."""

    def ask(part: list[list[Any]], packed: bool = True) -> list[tuple[Record, Opened]]:
        """One, none where the graph has none of the accounts."""
        found = session.ask("read/store_statements", "reading statements", accounts=part, packed=packed, **bounds)
        told = [(one, opened(one["packed"], window, bounds["cards"])) for one in found]
        return [(one, there) for one, there in told if there is not None] or (ask(part, False) if found else [])

    if len(wanted) < PARALLEL:
        return ask(wanted)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(ask, wanted[1::2])
        return [*ask(wanted[::2]), *other.result()]


def _whole(found: Sequence[Record], names: Mapping[int | None, str]) -> pa.Table:
    """Each transfer once, though both of its accounts may have been asked for, with its text."""
    mine, *columns = walked = _walked(found)
    told = chain.from_iterable(part["told"] for part in found)
    far, *rest = list(zip(*told, strict=True)) or [()] * (len(PAYMENT) - len(MOVED) - 1)
    out = columns[2] < 0
    sides = zip(out.tolist(), (names[number] for number in mine.tolist()), far, strict=True)
    payer, payee = list(zip(*((a, b) if paid else (b, a) for paid, a, b in sides), strict=True)) or [(), ()]
    rows = _table([*_moved(walked), payer, payee, *rest], PAYMENT)
    _, first = np.unique(columns[0], return_index=True)
    return rows if len(first) == rows.num_rows else rows.take(pa.array(np.sort(first)))


def _brief(found: Sequence[Record], packed: Sequence[Opened], min_amount: int, signs: bool) -> pa.Table:
    """Each transfer once, from packed statements and from rows. With `signs` those that failed have amount 0."""
    told = np.concatenate([*(one.rows for one in packed), _walked(found)], axis=1)
    if min_amount > 0:  # those of packed statements are told whatever is asked
        told = told[:, np.abs(told[3]) >= min_amount]
    failed = told[1] < 0
    told[1] ^= told[1] >> 63  # -1 - n is the complement of n
    row, *columns = _moved(told)
    columns[-1][failed & signs] = 0
    numbers, first = np.unique(row, return_index=True)
    if len(numbers) < len(row):
        row, *columns = numbers, *(column[first] for column in columns)
    return _table([row, *columns], _MOVED)


def _moved(told: I64) -> list[I64]:
    """The columns MOVED of transfers as statements tell them: below 0 is paid by the account whose statement it is."""
    mine, row, time, amount, other = told
    out = amount < 0
    return [row, time, np.where(out, mine, other), np.where(out, other, mine), np.abs(amount)]


def _walked(found: Sequence[Record]) -> I64:
    """What is told of transfers one by one: whose statement, number, time, amount, the other account."""
    return np.stack([_joined(found, name) for name in ("mine", "rows", "times", "amounts", "others")])


def _joined(found: Sequence[Record], column: str) -> I64:
    return np.concatenate([np.zeros(0, np.int64), *(np.array(part[column], np.int64) for part in found)])


def _told(session: Session, asked: Statements, known: dict[str, int]) -> pa.Table:
    if asked.rows:
        ((found,),) = session.ask("read/store_told", "reading payments", rows=list(asked.rows))
    else:
        ((found,),) = session.ask("read/store_by_serial", "reading payments", serials=list(asked.serials), **known)
    return _table(list(zip(*found, strict=True)) or [()] * len(PAYMENT), PAYMENT)


def _table(columns: Sequence[Any], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _undone(session: Session, rows: pa.Table, known: dict[str, int]) -> tuple[tuple[str, str], ...]:
    serials = sorted(set(pc.coalesce(rows["txn_id"], rows["row_id"]).to_pylist()))
    found = session.ask("read/store_undone", "looking for reversals", serials=serials, **known)
    here = set(rows["row_id"].to_pylist())
    return tuple((r["id"], r["reversal_of"]) for r in found if r["id"] not in here)
