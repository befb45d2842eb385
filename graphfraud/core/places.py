"""Where names stand in a sorted column: few names among many, without hashing the many."""

from __future__ import annotations

import numba as nb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import I32
from graphfraud.core.text import TextColumn

#: Names are hashed when there are more of them than one for so many rows of the column.
FEW = 8


def places(column: TextColumn, wanted: pa.ChunkedArray) -> I32:
    """Rows of these names in a column sorted by UTF-8 bytes without repeats, −1 for one that is null or not there.

    O(names · log rows) for few names, else O(names + rows).
    """
    if len(wanted) * FEW > len(column):
        found = pc.index_in(wanted.cast(pa.large_string()), value_set=column.arrow())
        return np.asarray(found.combine_chunks().fill_null(-1)).astype(np.int32)
    names = TextColumn.of(wanted)
    rows: I32 = _places(column.data, column.offsets, names.data, names.offsets)
    rows[np.asarray(pc.is_null(wanted).combine_chunks())] = -1
    return rows


@nb.njit(cache=True)
def _places(data, offsets, names, ends):  # type: ignore[no-untyped-def]
    rows = np.full(ends.shape[0] - 1, -1, np.int32)
    for i in range(rows.shape[0]):
        low, high = 0, offsets.shape[0] - 1
        size = ends[i + 1] - ends[i]
        while low < high:
            middle = (low + high) // 2
            start, length = offsets[middle], offsets[middle + 1] - offsets[middle]
            order = length - size  # below 0: the row comes before the name
            for k in range(min(length, size)):
                a, b = np.int64(data[start + k]), np.int64(names[ends[i] + k])
                if a != b:
                    order = a - b
                    break
            if order == 0:
                rows[i] = middle
                break
            if order < 0:
                low = middle + 1
            else:
                high = middle
    return rows
