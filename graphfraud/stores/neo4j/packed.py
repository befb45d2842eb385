"""Statements packed on the account: the numbers of its transfers as bytes in one property, which a trace reads at once.

Four columns of int64, little-endian, end to end: number of the transfer (n of one that failed: -1 - n), time, amount
(below 0 where the account pays) and number of the other account. A packed statement is a copy, never the truth: readers
use it only where it holds as many transfers as the account has (docs/adr/0026-packed-statements.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from neo4j import Record
from numpy.typing import NDArray

from graphfraud.stores.base import MAX_DEGREE
from graphfraud.stores.neo4j.session import Session

I64 = NDArray[np.int64]
LOOKED = 10_000  # accounts looked at in one query
_COLUMNS = 4
_WORD = np.dtype("<i8")
_DOING = "packing statements"


@dataclass(frozen=True)
class Packed:
    """Accounts that were packed, and the transfers in their statements: one between two accounts counts twice."""

    accounts: int = 0
    transfers: int = 0


def pack(session: Session, token: str) -> Packed:
    """Pack the statement of every account that has at most MAX_DEGREE transfers, none of an unfinished load, and no
    packed statement that holds all of them.

    Read and written in batches of `neo4j.batch_rows` transfers; what a kill leaves is whole, the next call goes on.
    Ends early where another process has taken the store. O(accounts) to look, then O(transfers of those that changed).
    """
    accounts = transfers = 0
    for numbers in _waiting(session):
        rows = [_row(found) for found in session.ask("read/store_to_pack", _DOING, numbers=numbers)]
        if not rows:
            continue
        (done,) = session.write("write/statements_packed", _DOING, rows=rows, token=token)
        if not done["packed"]:
            break
        accounts, transfers = accounts + done["packed"], transfers + sum(row[2] for row in rows)
    return Packed(accounts, transfers)


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
    return [found["number"], columns.tobytes(), len(columns) // _COLUMNS, found["known"], found["seq"], found["last"]]


def whole(packed: Sequence[Sequence[Any]]) -> bool:
    """Whether each has the bytes of its transfers: not where it was read while it was written anew."""
    return all(len(data) == rows * _COLUMNS * _WORD.itemsize for *_, rows, data in packed)


def unpack(packed: Sequence[Sequence[Any]]) -> I64:
    """Transfers of packed statements, each given as (number of the account, before this time, how many, bytes).

    Rows: the number of the account, then the columns. Transfers from the time on are left out.
    """
    if not packed:
        return np.zeros((1 + _COLUMNS, 0), np.int64)
    numbers, untils, sizes, data = zip(*packed, strict=True)
    blocks = [np.frombuffer(one, _WORD).reshape(_COLUMNS, -1) for one in data]
    rows = np.empty((1 + _COLUMNS, sum(sizes)), np.int64)
    rows[0] = np.repeat(np.array(numbers, np.int64), sizes)
    np.concatenate(blocks, axis=1, out=rows[1:])
    late = rows[2] >= np.repeat(np.array(untils, np.int64), sizes)
    return rows[:, ~late] if late.any() else rows
