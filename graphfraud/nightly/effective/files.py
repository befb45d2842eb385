"""The files of flows: rows in order come in, are numbered, and are written in the background."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.snapshot import I64
from graphfraud.nightly.effective.desk import ROW_GROUP

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


@dataclass(frozen=True)
class FlowPiece:
    """Flows in order, transfers and cash together (`is_cash`, `payer` is the account), and payments to oneself."""

    flows: pa.Table
    own: pa.Table


@dataclass
class FlowFiles:
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

    def number(self, piece: FlowPiece) -> tuple[pa.Table, pa.Table]:
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
