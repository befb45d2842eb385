"""Sources as chunks: Arrow tables of a file's own columns with the row each came from, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from graphfraud.errors import FileRefused
from graphfraud.ingest.lines import Damaged

ROWS = 500_000  # rows of a chunk
#: What may stand in a cell for it to need no trimming and no checks of its characters.
_CLEAN = bytes(range(0x23, 0x27)) + bytes(range(0x28, 0x3D)) + bytes(range(0x3E, 0x60)) + bytes(range(0x61, 0x7F))
_DIGITS = b"-0123456789"


@dataclass(frozen=True)
class Chunk:
    """Rows as the source has them, the row (line of a text file) each came from, and what was no row at all."""

    rows: pa.Table
    lines: NDArray[np.int64]
    damaged: list[Damaged] = field(default_factory=list)
    blank: int = 0


def parquet_header(path: Path) -> list[str]:
    """Column names of a Parquet file. Raises FileRefused when it is none."""
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as exc:
        raise FileRefused(f"{path}: not a Parquet file that can be read ({exc})") from exc


def parquet_chunks(path: Path, columns: list[str]) -> Iterator[Chunk]:
    """The wanted columns of a Parquet file. `lines` are row numbers from 1."""
    start = 1
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=ROWS, columns=columns):
                yield _numbered(pa.Table.from_batches([batch]), start)
                start += batch.num_rows
    except (pa.ArrowException, OSError) as exc:
        raise FileRefused(f"{path}: damaged Parquet file ({exc}); nothing of it was loaded") from exc


def table_chunks(rows: pa.Table) -> Iterator[Chunk]:
    """A table in memory. `lines` are row numbers from 1."""
    for start in range(0, rows.num_rows, ROWS):
        yield _numbered(rows.slice(start, ROWS), start + 1)


def _numbered(rows: pa.Table, start: int) -> Chunk:
    return Chunk(rows, np.arange(start, start + rows.num_rows, dtype=np.int64))


def plain(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str]:
    """A column in one of the forms that cells.py reads, and which: clean, text, int, float, bool, timestamp, date."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _text(column)
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return column.cast(pa.int64()), "int"
    if pa.types.is_floating(kind):
        return column.cast(pa.float64()), "float"
    if pa.types.is_boolean(kind):
        return column, "bool"
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", tz=kind.tz), safe=False), "timestamp"
    if pa.types.is_date(kind):
        return column.cast(pa.date32()), "date"
    return _text(_as_text(column))


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals, wide integers and anything else by their written form."""
    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.chunked_array(
            [pa.array([None if v is None else _written(v) for v in column.to_pylist()], pa.string())]
        )


def _written(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _text(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str]:
    used = b"".join(_bytes(chunk) for chunk in column.chunks)
    if used and not used.translate(None, _DIGITS):
        try:
            return column.cast(pa.int64()), "int"
        except pa.ArrowInvalid:
            return column, "clean"  # empty cells, two signs, or beyond 64 bits: read cell by cell
    return column, "text" if used.translate(None, _CLEAN) else "clean"


def _bytes(chunk: pa.Array) -> bytes:
    """The characters of a string array end to end."""
    if pa.types.is_string_view(chunk.type):
        chunk = chunk.cast(pa.large_string())
    wide = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
    _, offsets, data = chunk.buffers()
    if data is None or not len(chunk):
        return b""
    bounds = np.frombuffer(offsets, wide, count=chunk.offset + len(chunk) + 1)
    return bytes(memoryview(data)[int(bounds[chunk.offset]) : int(bounds[-1])])


def time_units(column: pa.ChunkedArray, held: str) -> set[str]:
    """How the numbers of a time column are read: by magnitude s, ms or µs, or as dates; other forms by name."""
    if held != "int":
        return {"text" if held == "clean" else held} if len(column) - column.null_count else set()
    bounds = pc.min_max(column).as_py()
    return {_unit(v) for v in bounds.values() if v is not None}


def _unit(value: int) -> str:
    if len(str(value)) in (8, 12, 14) and "1900" <= str(value)[:4] < "3000":
        return "digits of a date"
    return "s" if abs(value) < 10**11 else "ms" if abs(value) < 10**14 else "µs"
