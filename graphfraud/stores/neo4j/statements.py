"""Statements of accounts for `expand`: everything that makes their balances, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa

from graphfraud.core.schemas import CASH, TRANSFERS
from graphfraud.stores.base import CASH_MOVE, HOLDING, PAYMENT, Hop, HopLimits, Statement, Statements, Window
from graphfraud.stores.neo4j.session import Session

PARALLEL = 8  # accounts from which on a batch is halved
_TRANSFER_TYPES = [TRANSFERS.schema.field(name).type for name in PAYMENT]
_CASH_TYPES = [CASH.schema.field(name).type for name in CASH_MOVE]


def statements(session: Session, accounts: Sequence[str], window: Window, limits: HopLimits, asked: Statements) -> Hop:
    """See `GraphStore.expand`. One index seek an account, its transfers and its cash."""
    known = {"as_of": (1 << 63) - 1 if limits.as_of is None else limits.as_of, "end": window.end}
    wanted = [[a, min(window.end, asked.until.get(a, window.end))] for a in sorted(set(accounts))]
    bounds = {"start": window.start, "min_amount": limits.min_amount, "max_degree": limits.max_degree}
    found = _read(session, wanted, bounds | known | {"signs": asked.signs})
    rows = _transfers(found)
    cash = _columns([(r["account"], *move) for r in found for move in r["cash"]], (1, 0, 2, 3, 4, 5, 6))
    held = pa.Table.from_arrays(
        [pa.array(c, f.type) for c, f in zip(_holding(found), HOLDING, strict=True)], schema=HOLDING
    )
    hubs = {r["account"]: r["degree"] for r in found if r["degree"] > limits.max_degree}
    banks = (
        session.ask("read/store_banks_seen", "looking up banks", banks=list(asked.banks), **known)
        if asked.banks
        else []
    )
    return Hop(
        rows,
        dict(sorted(hubs.items())),
        Statement(
            _table(cash, CASH_MOVE, _CASH_TYPES),
            held,
            _undone(session, rows, known) if asked.undone and rows.num_rows else (),
            frozenset(r["bank"] for r in banks),
        ),
    )


def _read(session: Session, wanted: list[list[Any]], bounds: dict[str, Any]) -> list[Any]:
    """Statements of accounts, a large batch in two halves at a time: the server reads with two of its cores."""

    def ask(part: list[list[Any]]) -> list[Any]:
        return session.ask("read/store_statements", "reading statements", accounts=part, **bounds)

    if len(wanted) < PARALLEL:
        return ask(wanted)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(ask, wanted[1::2])
        return [*ask(wanted[::2]), *other.result()]


def _transfers(found: Sequence[Any]) -> pa.Table:
    """Each transfer once, though both of its accounts may have been asked for."""
    mine = [r["account"] for r in found for _ in r["transfers"]]
    columns = list(zip(*(row for r in found for row in r["transfers"]), strict=True)) or [()] * len(PAYMENT)
    out, other, time, *rest = columns
    payer = [a if paid else b for paid, a, b in zip(out, mine, other, strict=True)]
    payee = [b if paid else a for paid, a, b in zip(out, mine, other, strict=True)]
    rows = _table([time, payer, payee, *rest], PAYMENT, _TRANSFER_TYPES)
    return first_of(rows, "row_id")


def first_of(rows: pa.Table, key: str) -> pa.Table:
    """The first row of each key."""
    codes = pa.compute.dictionary_encode(rows[key].combine_chunks()).indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    return rows if len(first) == rows.num_rows else rows.take(pa.array(np.sort(first)))


def _columns(rows: Sequence[tuple[Any, ...]], order: Sequence[int]) -> list[Sequence[Any]]:
    """Rows as columns, in another order."""
    columns = list(zip(*rows, strict=True))
    return [columns[place] for place in order] if columns else [()] * len(order)


def _table(columns: Sequence[Sequence[Any]], names: Sequence[str], types: Sequence[pa.DataType]) -> pa.Table:
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def _holding(found: Sequence[Any]) -> list[Sequence[Any]]:
    return _columns([(r["account"], *r["holding"]) for r in found], range(len(HOLDING)))


def _undone(session: Session, rows: pa.Table, known: dict[str, int]) -> tuple[tuple[str, str], ...]:
    serials = sorted(set(pa.compute.coalesce(rows["txn_id"], rows["row_id"]).to_pylist()))
    found = session.ask("read/store_undone", "looking for reversals", serials=serials, **known)
    here = set(rows["row_id"].to_pylist())
    return tuple((r["id"], r["reversal_of"]) for r in found if r["id"] not in here)
