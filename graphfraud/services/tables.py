"""Small reads of findings and facts: rows as dicts, filtered by a key, never a scan in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphfraud.core.runs import PublishedRun

Row = dict[str, Any]


def rows_where(table: pa.Table, column: str, value: str) -> list[Row]:
    """Rows whose text column equals a value, in table order. O(rows), vectorised."""
    found: list[Row] = table.filter(pc.equal(table[column], value)).to_pylist()
    return found


def fact_row(run: PublishedRun, name: str, number: int) -> Row:
    """Row `number` of a facts table ordered by code. Reads one row group at most."""
    file = pq.ParquetFile(run.facts(name))
    first = 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if number < first + rows:
            row: Row = file.read_row_group(group).slice(number - first, 1).to_pylist()[0]
            return row
        first += rows
    raise IndexError(f"{name} has {first} rows, asked for row {number}")


def fact_column(run: PublishedRun, name: str, column: str, numbers: Sequence[int]) -> list[Any]:
    """One column of the rows `numbers` of a facts table ordered by code, in that order. Reads only their row groups."""
    file = pq.ParquetFile(run.facts(name))
    found: dict[int, Any] = {}
    wanted, first = np.unique(np.asarray(numbers, np.int64)), 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        here = wanted[(wanted >= first) & (wanted < first + rows)]
        if len(here):
            values = file.read_row_group(group, columns=[column])[column].take(pa.array(here - first)).to_pylist()
            found |= dict(zip(here.tolist(), values, strict=True))
        first += rows
    return [found[int(number)] for number in numbers]
