"""A column of text that can be memory-mapped: UTF-8 bytes end to end and the offsets between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class TextColumn:
    """`data[offsets[i]:offsets[i + 1]]` is row i in UTF-8; offsets is int64 of length n + 1."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, values: Iterable[str] | pa.Array | pa.ChunkedArray) -> TextColumn:
        """From strings or an Arrow string column; nulls become empty text. O(bytes)."""
        if not isinstance(values, (pa.Array, pa.ChunkedArray)):
            values = pa.array(list(values), type=pa.large_string())
        if isinstance(values, pa.ChunkedArray):
            values = pa.concat_arrays(
                [c.cast(pa.large_string()) for c in values.chunks] or [pa.array([], pa.large_string())]
            )
        values = values.cast(pa.large_string()).fill_null("")
        if values.offset:
            values = pa.concat_arrays([values])
        _, offsets, data = values.buffers()
        starts = np.frombuffer(offsets, dtype=np.int64, count=len(values) + 1) if offsets else np.zeros(1, np.int64)
        size = int(starts[-1])
        raw = np.frombuffer(data, dtype=np.uint8, count=size) if data and size else np.zeros(0, np.uint8)
        return cls(raw, starts)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        return self.raw(row).decode("utf-8")

    def __iter__(self) -> Iterator[str]:
        return (self[i] for i in range(len(self)))

    def raw(self, row: int) -> bytes:
        """UTF-8 bytes of one row."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes()

    def take(self, rows: NDArray[np.integer]) -> list[str]:
        """The strings of these rows. O(bytes)."""
        found: list[str] = self.arrow().take(pa.array(rows)).to_pylist()
        return found

    def find(self, value: str) -> int:
        """Row of `value` in a column sorted by UTF-8 bytes, or −1. O(log n), about 10 µs at 1M rows."""
        wanted = value.encode("utf-8")
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self.raw(low) == wanted else -1

    def arrow(self) -> pa.Array:
        """As an Arrow large_string array, zero-copy."""
        return pa.LargeStringArray.from_buffers(
            len(self),
            pa.py_buffer(np.ascontiguousarray(self.offsets)),
            pa.py_buffer(np.ascontiguousarray(self.data)),
        )
