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

from graphfraud.core.schemas import CASH
from graphfraud.stores.base import CASH_MOVE, HOLDING, MOVED, PAYMENT, Hop, HopLimits, Statement, Statements, Window
from graphfraud.stores.neo4j.session import Session

PARALLEL = 8  # accounts from which on a batch is halved
_MOVED = pa.schema([PAYMENT.field(name) for name in MOVED])
_CASH = pa.schema([CASH.schema.field(name) for name in CASH_MOVE])


def statements(session: Session, accounts: Sequence[str], window: Window, limits: HopLimits, asked: Statements) -> Hop:
    """See `GraphStore.expand`. One seek an account, its transfers and its cash."""
    known = {"as_of": (1 << 63) - 1 if limits.as_of is None else limits.as_of, "end": window.end}
    if asked.rows or asked.serials:
        return Hop(_told(session, asked, known), {}, Statement(_CASH.empty_table(), HOLDING.empty_table()))
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
    found = _read(session, wanted, bounds | known | how) if wanted else []
    described: list[list[Any]] = [one for part in found for one in part["accounts"]]
    rows = _transfers(found, {number: name for name, number, *_ in described}, asked.whole)
    cash = _columns([(name, *move) for name, _, _, moves, _ in described for move in moves], (1, 0, 2, 3, 4, 5, 6))
    held = _columns([(number, name, *holding) for name, number, _, _, holding in described], range(len(HOLDING)))
    banks = (
        session.ask("read/store_banks_seen", "looking up banks", banks=list(asked.banks), **known)
        if asked.banks
        else []
    )
    return Hop(
        rows,
        dict(sorted((name, degree) for name, _, degree, *_ in described if degree > limits.max_degree)),
        Statement(
            _table(cash, _CASH),
            _table(held, HOLDING),
            _undone(session, rows, known) if asked.undone and rows.num_rows else (),
            frozenset(r["bank"] for r in banks),
        ),
    )


def _read(session: Session, wanted: list[list[Any]], bounds: dict[str, Any]) -> list[Record]:
    """Statements of accounts, a large batch in two halves at a time: the server reads with two of its cores."""

    def ask(part: list[list[Any]]) -> list[Record]:
        return session.ask("read/store_statements", "reading statements", accounts=part, **bounds)

    if len(wanted) < PARALLEL:
        return ask(wanted)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(ask, wanted[1::2])
        return [*ask(wanted[::2]), *other.result()]


def _transfers(found: Sequence[Record], names: Mapping[int, str], whole: bool) -> pa.Table:
    """Each transfer once, though both of its accounts may have been asked for."""
    row, time, amount, mine, other = (_joined(found, name) for name in ("rows", "times", "amounts", "mine", "others"))
    out = amount < 0
    columns: list[Any] = [row, time, np.where(out, mine, other), np.where(out, other, mine), np.abs(amount)]
    if whole:
        told = chain.from_iterable(part["told"] for part in found)
        far, *rest = list(zip(*told, strict=True)) or [()] * (len(PAYMENT) - len(MOVED) - 1)
        sides = zip(out.tolist(), (names[number] for number in mine.tolist()), far, strict=True)
        payer, payee = list(zip(*((a, b) if paid else (b, a) for paid, a, b in sides), strict=True)) or [(), ()]
        columns += [payer, payee, *rest]
    rows = _table(columns, PAYMENT if whole else _MOVED)
    _, first = np.unique(row, return_index=True)
    return rows if len(first) == len(row) else rows.take(pa.array(np.sort(first)))


def _joined(found: Sequence[Record], column: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.concatenate([np.zeros(0, np.int64), *(np.array(part[column], np.int64) for part in found)])


def _told(session: Session, asked: Statements, known: dict[str, int]) -> pa.Table:
    if asked.rows:
        ((found,),) = session.ask("read/store_told", "reading payments", rows=list(asked.rows))
    else:
        ((found,),) = session.ask("read/store_by_serial", "reading payments", serials=list(asked.serials), **known)
    return _table(_columns(found, range(len(PAYMENT))), PAYMENT)


def _columns(rows: Sequence[Sequence[Any]], order: Sequence[int]) -> list[Sequence[Any]]:
    """Rows as columns, in another order."""
    columns = list(zip(*rows, strict=True))
    return [columns[place] for place in order] if columns else [()] * len(order)


def _table(columns: Sequence[Any], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _undone(session: Session, rows: pa.Table, known: dict[str, int]) -> tuple[tuple[str, str], ...]:
    serials = sorted(set(pc.coalesce(rows["txn_id"], rows["row_id"]).to_pylist()))
    found = session.ask("read/store_undone", "looking for reversals", serials=serials, **known)
    here = set(rows["row_id"].to_pylist())
    return tuple((r["id"], r["reversal_of"]) for r in found if r["id"] not in here)
