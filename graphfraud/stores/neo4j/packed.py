"""Statements packed on the account: all that a trace asks of it as bytes in one property, read at once.

First four columns of int64, little-endian, end to end: number of the transfer (n of one that failed: -1 - n), time,
amount (below 0 where the account pays) and number of the other account. Then as JSON how many transfers these are, the
newest row of the account, and its cash. A packed statement is a copy, never the truth: readers use it only where it
holds as many transfers, cash and rows as the account has (docs/adr/0026-packed-statements.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from neo4j import Record
from numpy.typing import NDArray

from graphfraud.stores.base import MAX_DEGREE, CashMove, Holding, Window
from graphfraud.stores.neo4j.session import Session

I64 = NDArray[np.int64]
LOOKED = 10_000  # accounts looked at in one query
_COLUMNS = 4
_WORD = np.dtype("<i8")
_BYTES = _COLUMNS * _WORD.itemsize  # of a transfer
_DOING = "packing statements"


@dataclass(frozen=True)
class Packed:
    """Accounts that were packed, and the transfers in their statements: one between two accounts counts twice."""

    accounts: int = 0
    transfers: int = 0


def pack(session: Session, token: str) -> Packed:
    """Pack the statement of every account that has at most MAX_DEGREE transfers, none of an unfinished load, and no
    packed statement that holds all of them.

    In batches of `neo4j.batch_rows` transfers; what a kill leaves is whole, the next call goes on. Ends early where
    another process has taken the store. O(accounts) to look, then O(transfers of those that changed).
    """
    accounts = transfers = 0
    for rows in _batches(session):
        (done,) = session.write("write/statements_packed", _DOING, rows=rows, token=token)
        if not done["packed"]:
            break
        accounts, transfers = accounts + done["packed"], transfers + sum(row[2] for row in rows)
    return Packed(accounts, transfers)


def _batches(session: Session) -> Iterator[list[list[Any]]]:
    """What is written of each batch that is not empty; the next one is read meanwhile, over a connection of its own."""
    with ThreadPoolExecutor(1, "graphfraud-pack") as thread:
        coming: list[Future[list[list[Any]]]] = []
        for numbers in _waiting(session):
            coming.append(thread.submit(_read, session, numbers))
            if len(coming) > 1 and (rows := coming.pop(0).result()):
                yield rows
        for last in coming:
            if rows := last.result():
                yield rows


def _read(session: Session, numbers: list[int]) -> list[list[Any]]:
    return [_row(found) for found in session.ask("read/store_to_pack", _DOING, numbers=numbers)]


def _waiting(session: Session) -> Iterator[list[int]]:
    """Numbers of accounts to pack, in batches."""
    batch: list[int] = []
    rows, after = 0, ""
    while after is not None:
        (found,) = session.ask("read/store_unpacked", _DOING, after=after, limit=LOOKED, most=MAX_DEGREE)
        after = found["last"]
        for number, degree in found["accounts"]:
            if batch and rows + degree > session.settings.batch_rows:
                yield batch
                batch, rows = [], 0
            batch.append(number)
            rows += degree
    if batch:
        yield batch


def _row(found: Record) -> list[Any]:
    columns = np.array(found["columns"], _WORD)
    n = len(columns) // _COLUMNS
    rest = json.dumps([n, found["holding"], found["cash"]], ensure_ascii=False, separators=(",", ":"))
    counts = [n, len(found["cash"]), found["versions"]]
    more = [found[name] for name in ("known", "seq", "last", "used")]
    return [found["number"], columns.tobytes() + rest.encode(), *counts, *more]


@dataclass(frozen=True)
class Opened:
    """Packed statements of some accounts. `rows`: number of the account whose statement it is, then the columns."""

    rows: I64 = field(default_factory=lambda: np.zeros((1 + _COLUMNS, 0), np.int64))
    cash: list[CashMove] = field(default_factory=list)
    accounts: list[Holding] = field(default_factory=list)


def opened(packed: Sequence[Sequence[Any]], window: Window, cards: bool) -> Opened | None:
    """What packed statements hold, each given as (number of the account, its id, transfers before this time, how many,
    whether it has an identifier, whether another's row states its number, bytes). O(their transfers).

    Transfers from the time on are left out, all of those of pooled accounts and merchants; cash outside the window.
    None where one is not whole: it was read while it was written anew.
    """
    if not packed:
        return Opened()
    cash: list[CashMove] = []
    accounts, asked = [], []
    for number, name, until, n, used, stated_elsewhere, data in packed:
        try:
            held, row, moved = json.loads(data[n * _BYTES :].decode())
        except ValueError:
            return None
        if held != n:
            return None
        moves = [CashMove(move[0], name, *move[1:]) for move in moved if window.start <= move[0] < window.end]
        *stated, renumbered = row
        seen, other_number = used or bool(moves), cards and (renumbered or stated_elsewhere)
        one = Holding._make([number, name, *stated, seen, other_number])
        accounts.append(one)
        ends = one.pooled or one.merchant
        cash += [] if ends else moves
        asked.append((number, window.start if ends else until, n))
    return Opened(_rows(np.array(asked, np.int64).T, [one[-1] for one in packed], window.start), cash, accounts)


def _rows(asked: I64, data: Sequence[bytes], start: int) -> I64:
    """Transfers of each account in [start, its time); `asked`: number, time and how many transfers of each."""
    numbers, untils, sizes = asked
    words = np.frombuffer(b"".join([one[: n * _BYTES] for one, n in zip(data, sizes.tolist(), strict=True)]), _WORD)
    total, before = int(sizes.sum()), np.cumsum(sizes) - sizes
    first = np.arange(total) + np.repeat((_COLUMNS - 1) * before, sizes)  # the columns of an account follow each other
    step = np.repeat(sizes, sizes)
    rows = np.empty((1 + _COLUMNS, total), np.int64)
    rows[0] = np.repeat(numbers, sizes)
    for column in range(_COLUMNS):
        rows[1 + column] = words[first + column * step]
    inside = (rows[2] >= start) & (rows[2] < np.repeat(untils, sizes))
    return rows if inside.all() else np.compress(inside, rows, axis=1)
