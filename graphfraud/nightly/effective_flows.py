"""Second pass: payments and cash in the order of time, numbered as flows, into transfers.parquet and cash.parquet.

The transfers come in pieces of consecutive ranges of time, so sorting each piece sorts them all, and memory does not
grow with their number. While one piece is worked out the one before it is being written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.schemas import TRANSFERS
from graphfraud.core.snapshot import FEE, I64, MERCHANT, OWN, POOLED
from graphfraud.core.sql import Sql, sql
from graphfraud.nightly.effective_desk import ROW_GROUP, Desk

#: Words by which banks mark what is no payment: fees, interest, taxes on it, sweeps into savings and pools. A row is
#: tagged FEE when its type or remark contains one, unless two persons of different holders stand on its sides: what
#: people write to each other must not hide a payment.
FEE_WORDS = (
    "手续费|工本费|管理费|年费|短信费|服务费|利息|结息|付息|计息|代扣税|归集|扫款|活期转定期|定期转活期"
    "|(^|[^a-z])(fees?|interest|sweep)([^a-z]|$)"
)
TEXT = ("currency", "channel", "type", "remark", "terminal", "ip", "mac", "merchant")
BALANCES = ("payer_balance_after", "payee_balance_after")

_I, _L, _S = pa.int32(), pa.int64(), pa.string()


def _file(columns: dict[str, pa.DataType]) -> pa.Schema:
    return pa.schema(list(columns.items()))


_NUMBERS = {"flow": _I, "time": _L, "day": _I}
TRANSFER_FILE = _file(
    _NUMBERS
    | {"payer": _I, "payee": _I, "amount": _L, "tag": pa.uint16(), "txn_id": _S}
    | dict.fromkeys(TEXT, _S)
    | dict.fromkeys(BALANCES, _L)
    | {"perspective": _S}
)
CASH_FILE = _file(_NUMBERS | {"account": _I, "amount": _L, "terminal": _S, "place": _S, "txn_id": _S})
SELF_FILE = _file({"time": _L, "account": _I, "amount": _L, "txn_id": _S})

_CASH = """
    CREATE TABLE cash AS
    SELECT c.row_id, coalesce(c.txn_id, c.row_id) AS txn_id, c.time, a.code, c.amount, c.terminal, c.place
    FROM raw_cash c JOIN account a ON a.account_id = c.account WHERE c.time <= ?
"""
#: `fee_text`: the text says fee; `p`, `q`: payer and payee
_PIECE = """
    WITH payment AS (FROM piece ANTI JOIN gone USING (row_id) WHERE time <= $as_of AND payer <> payee)
    SELECT * FROM (
        SELECT FALSE AS is_cash, t.time, p.code AS payer, q.code AS payee, t.amount,
            ((CASE WHEN p.holder >= 0 AND p.holder = q.holder THEN {own} ELSE 0 END)
            | (CASE WHEN t.fee_text AND (p.holder = q.holder AND p.holder >= 0 OR p.kind <> 1 OR q.kind <> 1)
                THEN {fee} ELSE 0 END)
            | (CASE WHEN p.pooled OR q.pooled THEN {pooled} ELSE 0 END)
            | (CASE WHEN p.merchant OR q.merchant THEN {merchant} ELSE 0 END))::USMALLINT AS tag,
            coalesce(t.txn_id, t.row_id) AS txn_id, {columns}, t.row_id, NULL::VARCHAR AS place
        FROM payment t JOIN account p ON p.account_id = t.payer JOIN account q ON q.account_id = t.payee {join}
        UNION ALL BY NAME
        SELECT TRUE AS is_cash, time, code AS payer, amount, txn_id, terminal, place, row_id
        FROM cash WHERE time > $after AND time <= $until)
    ORDER BY time, txn_id, is_cash, row_id
"""
_SELF = """
    SELECT t.time, a.code AS account, t.amount, coalesce(t.txn_id, t.row_id) AS txn_id
    FROM piece t ANTI JOIN gone USING (row_id) JOIN account a ON a.account_id = t.payer
    WHERE t.time <= ? AND t.payer = t.payee ORDER BY t.time, txn_id, t.row_id
"""
_LAST = np.iinfo(np.int64).max


def write_flows(desk: Desk) -> dict[int, int]:
    """Write transfers, cash and self.parquet; returns transfers per Shanghai day. O(n log piece)."""
    desk.db.execute(_CASH, [desk.as_of])
    desk.counts["after_cut"] = desk.number("SELECT count(*) FROM raw_cash WHERE time > ?", [desk.as_of])
    desk.db.execute("DROP TABLE raw_cash")
    days: dict[int, int] = {}
    with _Files(desk.folder) as files:
        for piece in _pieces(desk):
            transfers, cash = files.number(piece)
            _count(desk, transfers, cash, days)
    desk.counts |= files.rows
    return days


def _pieces(desk: Desk) -> Iterator[_Piece]:
    """Pieces of flows in order; cash after the last transfer is a piece of its own."""
    present = [n for n in (*TEXT, *BALANCES) if desk.has("transfers", n)]
    columns = ["row_id", "txn_id", "time", "payer", "payee", "amount", "perspective", *present]
    query = _query(desk, present)
    after = np.iinfo(np.int64).min
    for raw in desk.raw.by_time("transfers", columns, desk.piece_rows):
        until = pc.max(raw["time"]).as_py()
        with desk.piece(raw.append_column("fee_text", says_fee(raw))):
            yield _Piece(_bounded(desk, query, after, until), desk.rows(_SELF, [desk.as_of]))
            desk.counts["after_cut"] += desk.number("SELECT count(*) FROM piece WHERE time > ?", [desk.as_of])
        after = until
    empty = TRANSFERS.schema.empty_table().select(columns)
    with desk.piece(empty.append_column("fee_text", pa.array([], pa.bool_()))):
        yield _Piece(_bounded(desk, query, after, _LAST), desk.rows(_SELF, [desk.as_of]))


def _bounded(desk: Desk, query: str, after: int, until: int) -> pa.Table:
    values = {"as_of": desk.as_of, "after": after, "until": until}
    return desk.db.sql(query, params=values).to_arrow_table()


@dataclass(frozen=True)
class _Piece:
    flows: pa.Table
    own: pa.Table  # payments of an account to itself


_TAGS = {"own": Sql(str(OWN)), "fee": Sql(str(FEE)), "pooled": Sql(str(POOLED)), "merchant": Sql(str(MERCHANT))}


def _query(desk: Desk, present: Sequence[str]) -> Sql:
    """The query of a piece; a merged payment has the payee's balance that the payee's leg tells."""
    merged = bool(desk.counts["legs_merged"]) and "payee_balance_after" in present
    plain = [f"t.{name}" for name in ("perspective", *present) if not (merged and name == "payee_balance_after")]
    balance = "coalesce(l.payee_balance_after, t.payee_balance_after) AS payee_balance_after"
    columns = sql("{plain}", plain=plain) + (f", {balance}" if merged else "")
    join = "LEFT JOIN leg l ON l.kept = t.row_id" if merged else ""
    return sql(_PIECE, columns=Sql(columns), join=Sql(join), **_TAGS)


def says_fee(table: pa.Table) -> pa.Array:
    """Which rows have a type or remark with one of FEE_WORDS. Every text is looked at once."""
    texts = [table[n].cast(pa.string()) for n in ("type", "remark") if n in table.column_names]
    if not texts:
        return pa.array(np.zeros(table.num_rows, np.bool_))
    joined = pc.binary_join_element_wise(*texts, " ", null_handling="replace").combine_chunks()
    distinct = pc.unique(joined)
    fees = distinct.filter(pc.match_substring_regex(pc.utf8_lower(distinct), FEE_WORDS))
    return pc.is_in(joined, value_set=fees)


@dataclass
class _Files:
    """The Parquet files being written, in the background, and the number of the next flow."""

    folder: Path
    flows: int = 0
    rows: dict[str, int] = field(default_factory=lambda: {"transfers": 0, "cash": 0, "self_payments": 0})
    _pending: Future[None] | None = None

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(1)
        self._transfers = _writer(self.folder / "transfers.parquet", TRANSFER_FILE)
        self._cash = _writer(self.folder / "cash.parquet", CASH_FILE)
        self._self = _writer(self.folder / "self.parquet", SELF_FILE)
        return self

    def number(self, piece: _Piece) -> tuple[pa.Table, pa.Table]:
        """Number the flows of the next piece and write them; returns its transfers and its cash."""
        n = piece.flows.num_rows
        numbers = pa.array(np.arange(self.flows, self.flows + n, dtype=np.int32))
        self.flows += n
        time = piece.flows["time"].to_numpy()
        flows = piece.flows.append_column("flow", numbers).append_column("day", pa.array(_day(time).astype(np.int32)))
        is_cash = flows["is_cash"]
        has_cash = bool(pc.any(is_cash).as_py())
        transfers = _fit(flows.filter(pc.invert(is_cash)) if has_cash else flows, TRANSFER_FILE)
        cash = _fit(flows.filter(is_cash).rename_columns({"payer": "account", "payee": "_"}), CASH_FILE)
        self._wait()
        self._pending = self._pool.submit(self._write, transfers, cash, _fit(piece.own, SELF_FILE))
        return transfers, cash

    def _write(self, transfers: pa.Table, cash: pa.Table, own: pa.Table) -> None:
        self._transfers.write_table(transfers, row_group_size=ROW_GROUP)
        self._cash.write_table(cash, row_group_size=ROW_GROUP)
        self._self.write_table(own)
        self.rows["transfers"] += transfers.num_rows
        self.rows["cash"] += cash.num_rows
        self.rows["self_payments"] += own.num_rows

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()

    def __exit__(self, *exc: object) -> None:
        try:
            self._wait()
        finally:
            self._pool.shutdown()
            for writer in (self._transfers, self._cash, self._self):
                writer.close()


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Texts that repeat get a dictionary; ids do not."""
    repeating = [f.name for f in schema if f.type == pa.string() and f.name != "txn_id"]
    return pq.ParquetWriter(path, schema, use_dictionary=repeating)


def _fit(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of a schema, null where the table has none."""
    have = set(table.column_names)
    n = table.num_rows
    return pa.table(
        [table[f.name].cast(f.type) if f.name in have else pa.nulls(n, f.type) for f in schema], schema=schema
    )


def _day(time: I64) -> I64:
    return (time + SHANGHAI_OFFSET) // DAY


def _count(desk: Desk, transfers: pa.Table, cash: pa.Table, days: dict[int, int]) -> None:
    day, rows = np.unique(transfers["day"].to_numpy(), return_counts=True)
    for d, n in zip(day.tolist(), rows.tolist(), strict=True):
        days[d] = days.get(d, 0) + n
    for name, table in (("transfers", transfers), ("cash", cash)):
        if table.num_rows:
            desk.cutoffs[name] = int(table["time"][-1].as_py())
